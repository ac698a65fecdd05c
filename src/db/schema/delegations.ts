/** Who stands in for whom, and for how long: a person who is away, or who gives their decisions to somebody else. */
import { sql } from 'drizzle-orm'
import { check, index, pgTable, text } from 'drizzle-orm/pg-core'
import { appOnly, id, instant } from './columns.ts'

export const delegations = pgTable(
  'delegations',
  {
    id: id(),
    /** Whose decisions they are. */
    address: text().notNull(),
    /** Who decides in their place, and is asked and reminded. */
    toAddress: text('to_address').notNull(),
    fromAt: instant('from_at').notNull(),
    /** Null: until it is ended. */
    untilAt: instant('until_at'),
    endedAt: instant('ended_at'),
    /** `key:<id>`. */
    createdBy: text('created_by').notNull(),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    index('delegations_of')
      .on(sql`lower(${t.address})`)
      .where(sql`${t.endedAt} is null`),
    check('delegations_not_to_oneself', sql`lower(${t.address}) <> lower(${t.toAddress})`),
    appOnly('delegations'),
  ],
)
