import { afterEach, beforeEach, expect, it } from 'vitest'
import { ConnectorError, faultOf, type Connector } from '../../../connectors/contract.ts'
import { silentLog } from '../../../connectors/log.ts'
import { FakeVendor } from '../../../test/setup/fake-vendor.ts'
import { createTestDatabase, type TestDatabase } from '../../../test/setup/database.ts'
import { openDatabase, type Database } from '../../db/connection.ts'
import { knowConnections } from '../../db/connections.ts'
import { claimTrials, reauthOf } from '../../db/reauth.ts'
import { createGate, type Gate } from './gate.ts'

let test: TestDatabase
let database: Database
/** What the vendor does with the plainest request. */
let takesUs: boolean
let knocks: number
let secret: string
let gates: Gate[]

beforeEach(async () => {
  test = await createTestDatabase()
  database = openDatabase(test.url, 4)
  await knowConnections(database.db, [{ name: 'crm', mode: 'live' }])
  takesUs = false
  knocks = 0
  secret = 'old'
  gates = [1, 2].map(() => gate())
})
afterEach(async () => {
  await database.close()
  await test.drop()
})

const refused = () => new ConnectorError(faultOf('CW_VENDOR_AUTH', 'no', { scope: 'connection' }), 'no')

class Vendor extends FakeVendor {
  readonly secret: string
  constructor(of: string) {
    super('', [])
    this.secret = of
  }
  authenticate(): Promise<void> {
    knocks += 1
    return takesUs ? Promise.resolve() : Promise.reject(refused())
  }
}

function gate(): Gate {
  let present = new Vendor(secret)
  return createGate({
    db: database.db,
    log: silentLog,
    connection: 'crm',
    present: () => present,
    reread: () => {
      if (present.secret !== secret) present = new Vendor(secret)
    },
    workflowIds: ['sender/crm', 'stream/crm/deals'],
  })
}

const by = (connector: Connector) =>
  connector instanceof Vendor && connector.secret === 'new' ? works() : Promise.reject(refused())
const [fails, works] = [() => Promise.reject(refused()), () => Promise.resolve('done')]

it('pauses for all processes once the vendor refuses us twice, with one question for all callers', async () => {
  const [one, other] = gates
  const calls = await Promise.allSettled(Array.from({ length: 8 }, () => one?.run(fails) ?? works()))
  expect(calls.every(({ status }) => status === 'rejected')).toBe(true)
  expect(knocks).toBe(1)
  await expect(other?.run(works)).rejects.toMatchObject({ fault: { code: 'CW_REAUTH_REQUIRED', scope: 'connection' } })
  expect(await reauthOf(database.db, 'crm')).toMatchObject({ code: 'CW_VENDOR_AUTH' })
})

it('pauses nothing when the refusal was a passing one', async () => {
  takesUs = true
  await expect(gates[0]?.run(fails)).rejects.toMatchObject({ fault: { code: 'CW_VENDOR_AUTH' } })
  expect(await gates[0]?.run(works)).toBe('done')
})

it('tries a new secret at once, and asks nothing else', async () => {
  secret = 'new'
  expect(await gates[0]?.run(by)).toBe('done')
  expect(knocks).toBe(0)
})

it('marks writes that were refused as waiting for credentials, and leaves the done ones alone', async () => {
  const fault = faultOf('CW_VENDOR_AUTH', 'no', { scope: 'connection' })
  const outcomes = await gates[0]?.write(() =>
    Promise.resolve([
      { ref: 'a', status: 'done', id: '1', stored: null },
      { ref: 'b', status: 'retry', fault },
    ]),
  )
  expect(outcomes).toMatchObject([{ status: 'done' }, { status: 'retry', fault: { code: 'CW_REAUTH_REQUIRED' } }])
})

it('goes on when the vendor takes us again, and wakes what waited', async () => {
  await gates[0]?.run(fails).catch(() => undefined)
  expect(await gates[1]?.tryAgain('system')).toMatchObject({ code: 'CW_VENDOR_AUTH' })
  expect(await reauthOf(database.db, 'crm')).not.toBeNull()
  takesUs = true
  expect(await gates[1]?.tryAgain('system')).toBeNull()
  expect(await gates[0]?.run(works)).toBe('done')
  const { rows } = await database.db.execute('select workflow_id from nudges order by 1')
  expect(rows).toEqual([{ workflow_id: 'sender/crm' }, { workflow_id: 'stream/crm/deals' }])
})

it('has one process try, and ever more seldom', async () => {
  await gates[0]?.run(fails).catch(() => undefined)
  expect(await claimTrials(database.db, ['crm'])).toEqual([])
  await database.db.execute("update connections set reauth_since = now() - interval '1 hour', reauth_try_at = now()")
  expect(await claimTrials(database.db, ['crm'])).toEqual(['crm'])
  expect(await claimTrials(database.db, ['crm'])).toEqual([])
  const { rows } = await database.db.execute<{ s: number }>(
    'select extract(epoch from reauth_try_at - now())::int as s from connections',
  )
  expect(rows[0]?.s).toBeGreaterThan(880)
})
