/** How people wish to be told, and which ways to them are closed for a while. The notices themselves stand in the ledger. */
import { sql } from 'drizzle-orm'
import { integer, jsonb, pgTable, text } from 'drizzle-orm/pg-core'
import type { Choice } from '../../domain/notice.ts'
import { appOnly, instant } from './columns.ts'

/** What a person chose, by their address in lower case. */
export const noticePreferences = pgTable(
  'notice_preferences',
  {
    recipient: text().primaryKey(),
    /** Null: as configured. */
    language: text(),
    timeZone: text('time_zone'),
    hour: integer().notNull().default(8),
    weekday: integer().notNull().default(1),
    choices: jsonb().$type<Record<string, Choice>>().notNull().default({}),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  () => [appOnly('notice_preferences')],
)

/** A route that failed: how often in a row, and until when it is left alone. One that works has no row. */
export const noticeCircuits = pgTable(
  'notice_circuits',
  {
    route: text().primaryKey(),
    failures: integer().notNull(),
    openUntil: instant('open_until').notNull(),
    code: text().notNull(),
    since: instant()
      .notNull()
      .default(sql`now()`),
  },
  () => [appOnly('notice_circuits')],
)
