import { chmod, mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPartner, openDatabase } from '../../src/db/connection.ts'
import { migrate } from '../../src/db/migrate.ts'
import { startPostgres, type RunningPostgres } from '../../src/runtime/embedded/postgres.ts'
import { removeRun } from '../setup/sweep.ts'
import { root } from './compose-file.ts'

// A server of its own: roles belong to a server, and here its first start is what is tested.
let folder: string
let postgres: RunningPostgres
let url: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'causeway-roles-'))
  await chmod(folder, 0o711)
  postgres = await startPostgres({ dataDir: folder, port: { preferred: 0 }, durable: false, log: () => undefined })
  const admin = new Client({ connectionString: postgres.url })
  await admin.connect()
  try {
    for (const statement of await statements()) await admin.query(statement)
  } finally {
    await admin.end()
  }
  url = `postgres://causeway_outside:it%27s%20ours@127.0.0.1:${String(postgres.port)}/causeway_ledger`
})
afterAll(async () => {
  await postgres.stop(3000)
  await removeRun(folder)
})

describe('the roles of deploy/postgres/roles.sh', () => {
  it('let the first start make the schema, and the product work as a role that owns nothing', async () => {
    await migrate(url)
    await migrate(url)
    const database = openDatabase(url, 2)
    const { db } = database
    try {
      const { rows } = await db.execute<{ role: string; superuser: boolean; owned: number }>(sql`
        select current_user as role, rolsuper as superuser,
          (select count(*)::int from pg_class c where pg_has_role(c.relowner, 'member') and relnamespace = 'public'::regnamespace) as owned
        from pg_roles where rolname = session_user`)
      expect(rows).toEqual([{ role: 'causeway_app', superuser: false, owned: 0 }])
      const partner = '018f0000-0000-7000-8000-000000000000'
      expect(await asPartner(db, partner, (tx) => tx.execute(sql`select id from registrations`))).toMatchObject({
        rows: [],
      })
    } finally {
      await database.close()
    }
  })

  it('let Temporal make its databases and see none of ours', async () => {
    const temporal = new Client({
      connectionString: `postgres://temporal:theirs@127.0.0.1:${String(postgres.port)}/postgres`,
    })
    await temporal.connect()
    try {
      await temporal.query('create database temporal_visibility')
      await expect(temporal.query('create role intruder')).rejects.toMatchObject({ code: '42501' })
    } finally {
      await temporal.end()
    }
    const intruder = new Client({
      connectionString: `postgres://temporal:theirs@127.0.0.1:${String(postgres.port)}/causeway_ledger`,
    })
    await intruder.connect()
    try {
      await expect(intruder.query('select * from registrations')).rejects.toMatchObject({ code: '42501' })
    } finally {
      await intruder.end()
    }
  })
})

/** The SQL of the script as psql would send it; Causeway's names differ, for the embedded server has them already. */
async function statements(): Promise<string[]> {
  const script = await readFile(join(root, 'deploy/postgres/roles.sh'), 'utf8')
  const [, text = ''] = /<<'SQL'\n([\s\S]*?)\nSQL\n/.exec(script) ?? []
  const found = text
    .replaceAll(":'causeway_password'", "'it''s ours'")
    .replaceAll(":'temporal_password'", "'theirs'")
    .replaceAll('create role causeway ', 'create role causeway_outside ')
    .replaceAll('create database causeway owner causeway', 'create database causeway_ledger owner causeway_outside')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
  expect(found).toHaveLength(3)
  return found
}
