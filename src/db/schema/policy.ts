/** What the policy decided, and on what: each ruling can be judged again by another policy. */
import { sql } from 'drizzle-orm'
import { boolean, date, index, integer, jsonb, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import type { Claim, Finding, Split } from '../../domain/ruling.ts'
import { appOnly, id, instant } from './columns.ts'
import { registrations } from './ledger.ts'

/**
 * One ruling with all that it depended on: the claim and its partner as they were, what stood beside it, what had been read. Amounts and
 * tiers stand here and in no event; a row can be erased.
 */
export const judgements = pgTable(
  'judgements',
  {
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    round: integer().notNull(),
    policyVersion: text('policy_version').notNull(),
    ruling: text().$type<'approve' | 'decline' | 'ask' | 'merge'>().notNull(),
    rule: text().notNull(),
    covered: boolean().notNull(),
    /** The civil day of the ruling, in the policy's time zone. */
    today: date({ mode: 'string' }).notNull(),
    claim: jsonb().$type<Claim>().notNull(),
    findings: jsonb().$type<Finding[]>().notNull(),
    /** With whom a rule shares the credit, and how. */
    split: jsonb().$type<Split>(),
    at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    index('judgements_registration').on(t.registrationId),
    index('judgements_at').on(t.at),
    appOnly('judgements'),
  ],
)
