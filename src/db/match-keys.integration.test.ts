import { Client } from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase } from '../../test/setup/database.ts'
import { migrate } from './migrate.ts'

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

it('finds what an earlier release wrote: its keys are made anew once, at the next start', async () => {
  const kept = async () =>
    (
      await owner.query<{ name: string; name_key: string; letters: string }>(
        `select name, name_key, letters from accounts order by name`,
      )
    ).rows
  await owner.query(
    `insert into accounts (name, name_key) select 'Müller Werft ' || n || ' GmbH', 'müller' from generate_series(1, 2500) n`,
  )
  await owner.query(`insert into leads (company, name_key) values (null, 'gone')`)
  await owner.query(
    `insert into registrations (company, name_key, claimed_keys) values ('Müller AG', 'müller', jsonb_build_object('company', jsonb_build_object('hash', md5('müller'), 'since', null)))`,
  )
  await owner.query(`update settings set value = '1' where name = 'match-keys'`)
  await migrate(database.url)
  const rows = await kept()
  expect(rows).toHaveLength(2500)
  expect(rows[0]).toEqual({ name: 'Müller Werft 1 GmbH', name_key: 'muller werft 1', letters: '1eflmrtuw' })
  expect(rows.filter((row) => row.name_key === 'müller')).toEqual([])
  expect((await owner.query(`select name_key from leads`)).rows).toEqual([{ name_key: null }])
  // No claim was edited by that.
  expect(
    (await owner.query(`select claimed_keys #>> '{company,hash}' = md5(name_key) as follows from registrations`)).rows,
  ).toEqual([{ follows: true }])
  // In force: nothing is gone through again.
  await owner.query(`update accounts set name_key = 'other'`)
  await migrate(database.url)
  expect(new Set((await kept()).map((row) => row.name_key))).toEqual(new Set(['other']))
})
