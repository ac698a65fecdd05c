import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../setup/database.ts'
import { examples } from './fences.ts'

let database: Awaited<ReturnType<typeof createTestDatabase>>
let owner: Client
beforeAll(async () => {
  database = await createTestDatabase()
  owner = new Client({ connectionString: database.url })
  await owner.connect()
})
afterAll(async () => {
  await owner.end()
  await database.drop()
})

const person = 'Kai.Weber@hafen-ag.com'
const fields = { contact_name: 'Kai Weber', 'fields.contact_email': person }

it('erases a contact from every table by the statement of the guide, and nobody else', async () => {
  const claim = await registration('kai.weber@hafen-ag.com', 'Kai Weber')
  const other = await registration('ada@hafen-ag.com', 'Ada Byron')
  await change('1', fields, 'applied', claim)
  await change('2', { 'fields.contact_email': 'ada@hafen-ag.com' }, 'applied', other)
  await change('3', fields, 'parked', null)
  await owner.query(
    `insert into hints (connection, object, external_id, body, read_at) values ('portal', 'deals', '1', $1, now())`,
    [JSON.stringify(fields)],
  )
  await owner.query(
    `with link as (insert into links (connection, object, kind, record_id, external_id, gone)
       values ('portal', 'deals', 'registration', $1, '1', true) returning id)
     insert into shadows (link_id, fields, version) select id, $2, '1' from link`,
    [claim, fields],
  )
  const before = await tablesWith(/kai.?weber/i)
  expect(before.toSorted()).toEqual(['changes', 'hints', 'registrations', 'shadows'])

  const [statement = ''] = examples('docs/guides/operate.md', 'sql')
  expect(statement).toContain('person@example.com')
  const { rows } = await owner.query<Record<string, string>>(statement.replaceAll('person@example.com', person))
  expect(rows).toEqual([{ registrations: '1', changes: '2', writes: '0', deleted: '1', webhooks: '1' }])
  expect(await tablesWith(/kai.?weber/i)).toEqual([])
  expect((await tablesWith(/ada@hafen/i)).toSorted()).toEqual(['changes', 'registrations'])
})

async function registration(email: string, name: string): Promise<string> {
  const { rows } = await owner.query<{ id: string }>(
    'insert into registrations (company, contact_email, contact_name) values ($1, $2, $3) returning id',
    ['Hafen AG', email, name],
  )
  return rows[0]?.id ?? ''
}

async function change(version: string, body: Record<string, string>, status: string, record: string | null) {
  await owner.query(
    `insert into changes (connection, object, external_id, version, body_hash, body, status, record_id)
     values ('portal', 'deals', $1, $1, $1, $2, $3, $4)`,
    [version, { key: null, deleted: false, mergedInto: null, modifiedAt: null, fields: body }, status, record],
  )
}

/** The tables in which a row, as text, has it. */
async function tablesWith(text: RegExp): Promise<string[]> {
  const { rows: tables } = await owner.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public'`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const { rows } = await owner.query<{ row: string }>(`select t::text as row from "${name}" t`)
    if (rows.some(({ row }) => text.test(row))) found.push(name)
  }
  return found
}
