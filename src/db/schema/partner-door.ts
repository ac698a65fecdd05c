/** What a partner adds to its registrations: files, and changes of what was approved. */
import { sql } from 'drizzle-orm'
import { index, integer, jsonb, pgPolicy, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import { appOnly, currentPartner, id, instant, partnerRole } from './columns.ts'
import { partners, registrations } from './ledger.ts'

/** A file that belongs to a registration. Its content is outside the database; see `src/attachments/file-store.ts`. */
export const attachments = pgTable(
  'attachments',
  {
    /** Also the name under which the content is kept. */
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** As the person called it, made safe; never a path. */
    name: text().notNull(),
    /** By its content. */
    mediaType: text('media_type').notNull(),
    size: integer().notNull(),
    sha256: text().notNull(),
    /** `key:<id>` or `link:<id>`. */
    actor: text().notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    index('attachments_registration').on(t.registrationId),
    appOnly('attachments'),
    pgPolicy('attachments_partner', { for: 'select', to: partnerRole, using: sql`${t.partnerId} = ${currentPartner}` }),
  ],
)

/** The old and the new value of each field. */
export type FieldChanges = Record<string, { from: string | null; to: string | null }>

/** A change of fields that are locked since the approval: a manager accepts or refuses it, and until then nothing changes. */
export const proposedChanges = pgTable(
  'proposed_changes',
  {
    id: id(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    partnerId: uuid('partner_id').references(() => partners.id),
    /** Which proposal of its registration it is; the round of its task. */
    round: integer().notNull(),
    fields: jsonb().$type<FieldChanges>().notNull(),
    /** `key:<id>`, `link:<id>`, or the connection whose user made it. */
    actor: text().notNull(),
    /** `overtaken`: the registration ended first. */
    state: text().$type<'open' | 'accepted' | 'refused' | 'overtaken'>().notNull().default('open'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    decidedAt: instant('decided_at'),
  },
  (t) => [
    unique('proposed_changes_once').on(t.registrationId, t.round),
    uniqueIndex('proposed_changes_open')
      .on(t.registrationId)
      .where(sql`${t.state} = 'open'`),
    appOnly('proposed_changes'),
    pgPolicy('proposed_changes_partner', {
      for: 'select',
      to: partnerRole,
      using: sql`${t.partnerId} = ${currentPartner}`,
    }),
  ],
)

/** What a form or request brought about, by its token: sent twice it does it once. */
export const onceTokens = pgTable(
  'once_tokens',
  {
    /** SHA-256 of the token. */
    hash: text().primaryKey(),
    partnerId: uuid('partner_id')
      .notNull()
      .references(() => partners.id),
    /** What came of it. */
    resultId: uuid('result_id').notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [index('once_tokens_age').on(t.createdAt), appOnly('once_tokens')],
)
