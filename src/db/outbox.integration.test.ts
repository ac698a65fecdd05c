/** Found by the kill run: every step wakes the same senders, so one hot row each made all steps wait for each other and deadlock. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import { openDatabase, type Database } from './connection.ts'
import { nudge } from './outbox.ts'

let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 4)
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

it('lets transactions that wake the same workflow run side by side, in whatever order they wake', async () => {
  const firstHolds = Promise.withResolvers<void>()
  const secondDone = Promise.withResolvers<void>()
  const first = database.db.transaction(async (tx) => {
    await nudge(tx, ['sender/portal'])
    firstHolds.resolve()
    await secondDone.promise // the first is still open while the second wakes the same and commits
    await nudge(tx, ['mailer'])
  })
  await firstHolds.promise
  const second = database.db.transaction(async (tx) => {
    await nudge(tx, ['mailer'])
    await nudge(tx, ['sender/portal'])
  })
  await Promise.race([
    second,
    new Promise((_, reject) => setTimeout(() => reject(new Error('the second had to wait for the first')), 3_000)),
  ]).finally(() => secondDone.resolve())
  await expect(first).resolves.toBeUndefined()
})
