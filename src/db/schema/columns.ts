/** Column types that every table shares, so that one value has one form everywhere. */
import { customType, pgPolicy, pgRole, uuid } from 'drizzle-orm/pg-core'
import { sql } from 'drizzle-orm'
import { decimal } from '../../domain/money.ts'

/** An instant: `timestamptz` in the database, ISO 8601 UTC with milliseconds in the code, so that text order is time order. */
export const instant = customType<{ data: string; driverData: string }>({
  dataType: () => 'timestamp (3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
})

/** An amount of money: `numeric` in the database, a decimal string in the code. */
export const money = customType<{ data: string; driverData: string }>({
  dataType: () => 'numeric(20, 4)',
  fromDriver: (value) => decimal(value) ?? value,
})

/** A primary key that sorts by its time of birth. */
export const id = () =>
  uuid()
    .primaryKey()
    .default(sql`uuidv7()`)

/** What the product works as: may read and write rows, owns no table, so that no policy is bypassed. */
export const appRole = pgRole('causeway_app').existing()

/** What a request of a partner works as: sees the rows of `causeway.partner_id` and no others. */
export const partnerRole = pgRole('causeway_partner').existing()

/** The partner that the present transaction acts for, as the API set it. Empty means none, and then nothing is seen. */
export const currentPartner = sql`nullif(current_setting('causeway.partner_id', true), '')::uuid`

/** Row-level security stands on every table; those of the road are the product's alone. */
export const appOnly = (table: string) =>
  pgPolicy(`${table}_app`, { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` })
