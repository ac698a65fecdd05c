/** The database: reachable, migrated, its roles usable, its clock ours. */
import { readFile } from 'node:fs/promises'
import { Client } from 'pg'
import { z } from 'zod'
import { note, well, wrong, type Finding } from './finding.ts'

const MOST_CLOCK_MS = 2000
const journal = z.object({ entries: z.array(z.object({ tag: z.string() })) })

export async function examineDatabase(url: string): Promise<Finding[]> {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: 5000,
    application_name: 'causeway-doctor',
  })
  // The server may go away meanwhile; the query that waits says so.
  client.on('error', () => undefined)
  try {
    await client.connect()
  } catch (error) {
    return [wrong('database', 'CW_DATABASE_UNAVAILABLE', `cannot be reached: ${codeOf(error)}`)]
  }
  try {
    return [await version(client), await clock(client), await migrations(client), await role(client)]
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function version(client: Client): Promise<Finding> {
  const { rows } = await client.query<{ number: number; text: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as text`,
  )
  const [found] = rows
  // uuidv7() came with PostgreSQL 18.
  if (found === undefined || found.number < 180_000) {
    return wrong(
      'database',
      'CW_POSTGRES_START',
      `PostgreSQL ${found?.text ?? ''} is too old`,
      'Use PostgreSQL 18 or later.',
    )
  }
  return well('database', `PostgreSQL ${found.text}`)
}

async function clock(client: Client): Promise<Finding> {
  const before = Date.now()
  const { rows } = await client.query<{ ms: number }>(
    'select (extract(epoch from clock_timestamp()) * 1000)::float8 as ms',
  )
  const off = Math.round((rows[0]?.ms ?? before) - (before + Date.now()) / 2)
  const said = `the database is ${Math.abs(off)} ms ${off < 0 ? 'behind' : 'ahead of'} this machine`
  if (Math.abs(off) <= MOST_CLOCK_MS) return well('clock', said)
  return wrong(
    'clock',
    'CW_INTERNAL',
    said,
    'Set both clocks by NTP: webhook signatures and tokens depend on this one.',
  )
}

async function migrations(client: Client): Promise<Finding> {
  const file = new URL('../../db/migrations/meta/_journal.json', import.meta.url)
  const known = journal.parse(JSON.parse(await readFile(file, 'utf8'))).entries.length
  const { rows } = await client.query<{ applied: string | null }>(
    `select to_regclass('drizzle.__drizzle_migrations')::text as applied`,
  )
  if (rows[0]?.applied == null) return note('schema', 'empty; the first start migrates it')
  const { rows: counted } = await client.query<{ n: number }>(
    'select count(*)::int as n from drizzle.__drizzle_migrations',
  )
  const applied = counted[0]?.n ?? 0
  if (applied === known) return well('schema', `all ${known} migrations are applied`)
  if (applied < known) return note('schema', `${applied} of ${known} migrations; the next start applies the others`)
  return wrong('schema', 'CW_INTERNAL', 'is of a newer release than this program', 'Start the newer release.')
}

async function role(client: Client): Promise<Finding> {
  try {
    await client.query('set role causeway_app')
    await client.query('set role causeway_partner')
    await client.query('reset role')
    return well('database roles', 'causeway_app and causeway_partner can be taken on')
  } catch (error) {
    const remedy = 'Grant both roles to the user of DATABASE_URL; the first start makes them if it may.'
    if (codeOf(error) === '22023') return note('database roles', 'not made yet; the first start makes them')
    return wrong('database roles', 'CW_DATABASE_UNAVAILABLE', `cannot be taken on: ${codeOf(error)}`, remedy)
  }
}

/** SQLSTATE or system code: texts of the server may carry names. */
function codeOf(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return codeOf(error.errors[0])
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'no answer in time'
}
