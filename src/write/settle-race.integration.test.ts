/**
 * Found by the kill run (its figures: 162 deadlocks, 4 violations of `links_external`, 46 writes stuck for ever): a deal that refers
 * to an account by its vendor id may be read before the write that made this account is settled.
 */
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createTestDatabase, type TestDatabase } from '../../test/setup/database.ts'
import { applyPending } from '../apply/apply.ts'
import { openDatabase, type Database } from '../db/connection.ts'
import { knowConnections } from '../db/connections.ts'
import { insertRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { accounts, deals, links, streams } from '../db/schema/index.ts'
import { storeRecords } from '../intake/store.ts'
import type { System, Systems } from '../mapping/systems.ts'
import { claimWrites } from './claim.ts'
import { settleWrites } from './settle.ts'

const capability = {
  roles: ['crm' as const],
  read: 'changes' as const,
  deletes: 'feed' as const,
  write: 'upsert' as const,
  update: true,
  key: 'key',
  batch: 10,
  group: null,
  conditional: false,
  visibleAfterMs: 0,
}
const text = { as: 'text' as const }
const crm: System = {
  name: 'crm',
  role: 'crm',
  pollMs: 1_000,
  reconcileMs: null,
  deletions: {},
  mirrors: false,
  capabilities: [
    { ...capability, object: 'Account', kinds: ['account'] },
    { ...capability, object: 'Opportunity', kinds: ['deal'] },
  ],
  mappings: [
    {
      object: 'Account',
      kind: 'account',
      fields: [{ field: 'name', path: 'Name', conversion: text, create: 'both', update: 'in', wins: 'vendor' }],
    },
    {
      object: 'Opportunity',
      kind: 'deal',
      fields: [
        {
          field: 'accountId',
          path: 'AccountId',
          conversion: { as: 'lookup', of: 'account', object: 'Account' },
          create: 'both',
          update: 'both',
          wins: 'vendor',
        },
        { field: 'name', path: 'Name', conversion: text, create: 'both', update: 'both', wins: 'vendor' },
      ],
    },
  ],
}
const systems: Systems = new Map([['crm', crm]])
let test: TestDatabase
let database: Database
beforeAll(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 4)
  await knowConnections(database.db, [{ name: 'crm', mode: 'live' }])
  await database.db.insert(streams).values({ connection: 'crm', object: 'Account', readAt: sql`now()` })
})
afterAll(async () => {
  await database.close()
  await test.drop()
})

it('settles the write of an account that a deal was already read to refer to, and the deal is that account’s', async () => {
  const { db } = database
  const ours = '00000000-0000-4000-8000-000000000001'
  await db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id: ours, values: { name: 'Hafen AG' } }])
    await tx.insert(links).values({ connection: 'crm', object: 'Account', kind: 'account', recordId: ours })
    await planWrites(tx, [ours])
  })
  const { writes } = await claimWrites(db, crm, 'Account', { limit: 10, deadlineMs: 20_000 })
  expect(writes).toHaveLength(1)
  await storeRecords(db, 'crm', [
    {
      object: 'Opportunity',
      id: 'O1',
      key: null,
      version: '1',
      modifiedAt: null,
      deleted: false,
      mergedInto: null,
      fields: { AccountId: 'A1', Name: 'Direct' },
    },
  ])
  await applyPending(db, systems, 'crm', 'Opportunity')
  const stored = {
    object: 'Account',
    id: 'A1',
    key: ours,
    version: '1',
    modifiedAt: null,
    deleted: false,
    mergedInto: null,
    fields: { Name: 'Hafen AG' },
  }
  const settled = await settleWrites(
    db,
    crm,
    writes,
    writes.map(({ ref }) => ({ ref, status: 'done' as const, id: 'A1', stored })),
  )
  expect(settled.done).toBe(1)
  await applyPending(db, systems, 'crm', 'Opportunity')
  expect(await db.select({ recordId: links.recordId }).from(links).where(eq(links.externalId, 'A1'))).toEqual([
    { recordId: ours },
  ])
  expect(await db.select({ accountId: deals.accountId }).from(deals)).toEqual([{ accountId: ours }])
  expect(await db.select({ count: sql<number>`count(*)::int` }).from(accounts)).toEqual([{ count: 1 }])
})
