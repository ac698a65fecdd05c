import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import { recordKinds } from '../domain/records.ts'
import { openDatabase, type Database } from './connection.ts'
import { insertRecords } from './ledger.ts'
import { isReferredTo, moveReferences } from './references.ts'
import { contacts } from './schema/index.ts'

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

it.each(recordKinds)('moves and finds whatever can refer to a %s, in tables of every kind', async (kind) => {
  const [from, to] = [randomUUID(), randomUUID()]
  expect(await database.db.transaction((tx) => moveReferences(tx, kind, [{ from, to }]))).toEqual([])
  expect(await database.db.transaction((tx) => isReferredTo(tx, kind, from))).toBe(false)
})

it('answers the records of the ledger that refer to another one by now', async () => {
  const [from, to, contact] = [randomUUID(), randomUUID(), randomUUID()]
  const moved = await database.db.transaction(async (tx) => {
    await insertRecords(tx, 'partner', [
      { id: from, values: { name: 'Nordwind GmbH' } },
      { id: to, values: { name: 'Nordwind Gruppe' } },
    ])
    await insertRecords(tx, 'contact', [{ id: contact, values: { partnerId: from } }])
    return moveReferences(tx, 'partner', [{ from, to }])
  })
  expect(moved).toEqual([{ kind: 'contact', id: contact }])
  expect(await database.db.select({ partnerId: contacts.partnerId }).from(contacts)).toEqual([{ partnerId: to }])
})
