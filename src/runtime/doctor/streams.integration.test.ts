import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../../test/setup/database.ts'
import { openDatabase, type Database } from '../../db/connection.ts'
import { examineStreams } from './streams.ts'

let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 2)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

it('says nothing where there is nothing to say', async () => {
  await database.db.execute(sql`insert into streams (connection, object, skew_ms) values ('calm', 'deals', 900)`)
  expect(await examineStreams(test.url, ['calm'])).toMatchObject([{ part: 'streams', status: 'well' }])
})

it('warns of silence, of clocks, of what rests and of what is not subscribed, and calls a failure wrong', async () => {
  await database.db
    .execute(sql`insert into streams (connection, object, skew_ms, silent_since, paused_at, paused_by, failing_since, code)
    values ('portal', 'deals', 3600000, now(), now(), 'Ada', now(), 'CW_VENDOR_AUTH')`)
  const subscriptions = JSON.stringify({ present: [], missing: ['deal.changed'], made: [], removed: [], code: null })
  await database.db.execute(sql`insert into connections (name, subscriptions, listen_code)
    values ('portal', ${subscriptions}::jsonb, 'CW_FEED_UNAVAILABLE')`)
  const found = await examineStreams(test.url, ['portal'])
  expect(found.map(({ part, status, code }) => [part, status, code])).toEqual([
    ['stream portal deals', 'wrong', 'CW_VENDOR_AUTH'],
    ['stream portal deals', 'note', 'CW_STREAM_PAUSED'],
    ['stream portal deals', 'note', 'CW_FEED_SILENT'],
    ['stream portal deals', 'note', 'CW_CLOCK_SKEW'],
    ['feeds portal', 'note', 'CW_FEED_SILENT'],
    ['feeds portal', 'note', 'CW_FEED_UNAVAILABLE'],
  ])
  expect(found.map(({ message }) => message).join('\n')).toContain('3600 s ahead')
})

it('leaves it to the database to say that it is away', async () => {
  expect(await examineStreams('postgres://nobody@127.0.0.1:1/none', ['portal'])).toEqual([])
})
