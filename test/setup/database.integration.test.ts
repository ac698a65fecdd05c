import { Client } from 'pg'
import { expect, it } from 'vitest'
import { createTestDatabase } from './database.ts'

it('gives each test file a migrated database of its own', async () => {
  const [first, second] = await Promise.all([createTestDatabase(), createTestDatabase()])
  const client = new Client({ connectionString: first.url })
  await client.connect()
  const tables = await client.query("select 1 from information_schema.tables where table_name = 'writes'")
  expect(tables.rowCount).toBe(1)
  await client.query('create table mine (n int)')
  await client.end()

  const other = new Client({ connectionString: second.url })
  await other.connect()
  expect((await other.query("select 1 from pg_tables where tablename = 'mine'")).rowCount).toBe(0)
  await other.end()
  await Promise.all([first.drop(), second.drop()])
})
