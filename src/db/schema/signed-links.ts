/** Links that stand for a person: what a link opens, for whom and until when. The token itself is kept nowhere. */
import { sql } from 'drizzle-orm'
import { index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import { appOnly, id, instant } from './columns.ts'
import { contacts, partners, registrations, tasks } from './ledger.ts'

/** What a link opens: one decision of one task, the pages of one person at a partner, or how a person wishes to be told. */
export type LinkPurpose = 'decide' | 'partner' | 'preferences'

export const signedLinks = pgTable(
  'signed_links',
  {
    id: id(),
    purpose: text().$type<LinkPurpose>().notNull(),
    /** SHA-256 of the token: whoever reads the table cannot open a link. */
    hash: text().notNull(),
    /** Whose link it is: what is done by it is done by this person. */
    address: text().notNull(),
    /** What is decided by it. */
    taskId: uuid('task_id').references(() => tasks.id),
    /** What the partner sees by it; without a registration a new one may be submitted. */
    partnerId: uuid('partner_id').references(() => partners.id),
    registrationId: uuid('registration_id').references(() => registrations.id),
    contactId: uuid('contact_id').references(() => contacts.id),
    expiresAt: instant('expires_at').notNull(),
    usedAt: instant('used_at'),
    revokedAt: instant('revoked_at'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('signed_links_hash').on(t.hash),
    index('signed_links_task').on(t.taskId),
    index('signed_links_partner').on(t.partnerId),
    appOnly('signed_links'),
  ],
)
