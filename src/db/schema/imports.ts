/** Registrations that were approved before Causeway came: which import brought which, so that a second one brings nothing twice. */
import { sql } from 'drizzle-orm'
import { index, integer, pgTable, text, uuid } from 'drizzle-orm/pg-core'
import { appOnly, id, instant } from './columns.ts'
import { registrations } from './ledger.ts'

export const imports = pgTable(
  'imports',
  {
    id: id(),
    by: text().notNull(),
    at: instant()
      .notNull()
      .default(sql`now()`),
    undoneAt: instant('undone_at'),
    undoneBy: text('undone_by'),
  },
  () => [appOnly('imports')],
)

export const importedRegistrations = pgTable(
  'imported_registrations',
  {
    /** What the registration is called where it came from. */
    reference: text().primaryKey(),
    registrationId: uuid('registration_id')
      .notNull()
      .references(() => registrations.id),
    importId: uuid('import_id')
      .notNull()
      .references(() => imports.id),
    line: integer().notNull(),
  },
  (t) => [
    index('imported_registrations_import').on(t.importId),
    index('imported_registrations_registration').on(t.registrationId),
    appOnly('imported_registrations'),
  ],
)
