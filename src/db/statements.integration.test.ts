import { sql } from 'drizzle-orm'
import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import { openDatabase, type Database } from './connection.ts'

let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  // One session, so that it can be asked what it keeps.
  database = openDatabase(test.url, 1)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

const kept = async (like: string) => {
  const { rows } = await database.db.execute<{ n: number; custom: number }>(
    sql.raw(`select count(*)::int as n, coalesce(sum(custom_plans), 0)::int as custom from pg_prepared_statements
      where statement like '${like}%' and statement not like '%pg_prepared%'`),
  )
  return rows[0]
}

it('keeps a statement that comes again, and plans it each time for what it is asked with', async () => {
  for (let n = 0; n < 12; n += 1)
    await database.db.execute(sql`select 'again', count(*) from changes where connection = ${`c${String(n)}`}`)
  // The first time is not known to be the first of many.
  expect(await kept(`select ''again''`)).toEqual({ n: 1, custom: 11 })
})

it('keeps nothing that is asked once, or without values', async () => {
  await database.db.execute(sql`select 'once', ${1}::int`)
  for (let n = 0; n < 3; n += 1) await database.db.execute(sql`select 'without'`)
  expect(await kept(`select ''once''`)).toEqual({ n: 0, custom: 0 })
  expect(await kept(`select ''without''`)).toEqual({ n: 0, custom: 0 })
})

it('prepares anew what a change of the schema made another result of', async () => {
  const owner = new Client({ connectionString: test.url })
  await owner.connect()
  await owner.query('create table shapes (a int); grant select on shapes to causeway_app')
  const { db } = database
  // Within a transaction, where the session outlives the failure.
  const ask = () => db.transaction((tx) => tx.execute(sql`select s.* from shapes s where ${true}`))
  for (let n = 0; n < 3; n += 1) await ask()
  await owner.query('alter table shapes add b text')
  await owner.end()
  await expect(ask()).rejects.toMatchObject({ cause: { code: '0A000' } })
  expect((await ask()).fields.map(({ name }) => name)).toEqual(['a', 'b'])
})
