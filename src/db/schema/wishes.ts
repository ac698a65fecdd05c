/** What people ask of a claim beside its decision: answers that are owed, and a longer protection. Their texts can be erased. */
import { sql } from 'drizzle-orm'
import { index, integer, pgPolicy, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { Actor } from '../../domain/task-kinds.ts'
import { appOnly, currentPartner, id, instant, partnerRole } from './columns.ts'
import { registrations } from './ledger.ts'

const ofPartner = (table: string) =>
  pgPolicy(`${table}_partner`, {
    for: 'select',
    to: partnerRole,
    using: sql`${sql.identifier(table)}.partner_id = ${currentPartner}`,
  })

/** A question to the partner, and the answer. One a round: the task that asked it. */
export const exchanges = pgTable(
  'exchanges',
  {
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    partnerId: uuid('partner_id'),
    round: integer().notNull(),
    question: text(),
    askedBy: text('asked_by').notNull(),
    askedAt: instant('asked_at')
      .notNull()
      .default(sql`now()`),
    answer: text(),
    answeredBy: text('answered_by'),
    answeredDoor: text('answered_door').$type<Actor['door']>(),
    answeredAt: instant('answered_at'),
  },
  (t) => [unique('exchanges_once').on(t.registrationId, t.round), appOnly('exchanges'), ofPartner('exchanges')],
)

/**
 * `wished`: the process has not looked yet; `asked`: a person decides; `granted`: decided, and `settled_at` says since when it is in
 * force; `refused`; `moot`: the protection ended before anybody decided.
 */
export type ExtensionState = 'wished' | 'asked' | 'granted' | 'refused' | 'moot'

/** A wish that the protection last longer. */
export const extensions = pgTable(
  'extensions',
  {
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    partnerId: uuid('partner_id'),
    state: text().$type<ExtensionState>().notNull().default('wished'),
    /** Counts the wishes of a claim: the round of the task that asks about it. */
    round: integer().notNull(),
    until: instant().notNull(),
    /** Why it is wished, in the asker's words. */
    reason: text(),
    askedBy: text('asked_by').notNull(),
    askedDoor: text('asked_door').$type<Actor['door']>().notNull(),
    askedAt: instant('asked_at')
      .notNull()
      .default(sql`now()`),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    /** Until when it was protected before. */
    was: instant(),
    settledAt: instant('settled_at'),
  },
  (t) => [
    unique('extensions_once').on(t.registrationId, t.round),
    // One wish of a claim stands at a time.
    index('extensions_standing')
      .on(t.registrationId)
      .where(sql`${t.settledAt} is null`),
    appOnly('extensions'),
    ofPartner('extensions'),
  ],
)
