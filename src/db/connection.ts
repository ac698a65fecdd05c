/** How the product speaks to PostgreSQL: always as a role that owns no table, for a partner as one that sees only its rows. */
import { sql } from 'drizzle-orm'
import { drizzle, type NodePgDatabase } from 'drizzle-orm/node-postgres'
import { Pool } from 'pg'
import * as schema from './schema/index.ts'
import { nameStatements } from './statements.ts'

export type Db = NodePgDatabase<typeof schema>
/** A transaction, or the database itself where a single statement needs none. */
export type Tx = Parameters<Parameters<Db['transaction']>[0]>[0]

export interface Database {
  db: Db
  close(): Promise<void>
}

/**
 * Opens a pool that works as `causeway_app`. The role is set when a session begins, so no statement ever runs as the owner.
 *
 * @param url a PostgreSQL address whose user may take on `causeway_app`
 * @param max connections at most
 */
export function openDatabase(url: string, max = 10): Database {
  const pool = new Pool({
    connectionString: url,
    max,
    // A few rows are looked up by their ids; a planner that thinks of turning discs would rather read growing tables whole.
    options:
      '-c role=causeway_app -c idle_in_transaction_session_timeout=60s -c random_page_cost=1.1 -c plan_cache_mode=force_custom_plan',
    application_name: 'causeway',
    connectionTimeoutMillis: 10_000,
    keepAlive: true,
  })
  pool.on('connect', nameStatements)
  // A connection that breaks while idle (a killed server) must not end the process; the next query opens a new one.
  pool.on('error', () => undefined)
  return { db: drizzle(pool, { schema, casing: 'snake_case' }), close: () => pool.end() }
}

/** Runs `work` as the partner: the database refuses every row that is not that partner's, whatever the query asks for. */
export function asPartner<T>(db: Db, partnerId: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return db.transaction(async (tx) => {
    await tx.execute(sql`select set_config('causeway.partner_id', ${partnerId}, true)`)
    await tx.execute(sql`set local role causeway_partner`)
    return work(tx)
  })
}

/** The database's present instant. Leases, deadlines and clocks use it, never the clock of a worker. */
export async function databaseNow(tx: Tx | Db): Promise<string> {
  const { rows } = await tx.execute<{ now: string }>(sql`select now() as now`)
  const now = rows[0]?.now
  if (now === undefined) throw new Error('select now() returned no row')
  return new Date(now).toISOString()
}
