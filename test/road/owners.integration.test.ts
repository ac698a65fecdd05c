/** Owners are users of ours by their id at each CRM; the direct owner and the partner account manager are two fields. */
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { Direction } from '../../src/mapping/definition.ts'
import { capability, field, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

const user = (fallback?: string) =>
  ({ as: 'lookup', of: 'user', object: 'users', ...(fallback === undefined ? {} : { fallback }) }) as const

/** A CRM with users, and deals whose owner flows as said. */
const crm = (owner: Direction, fallback?: string): Side => ({
  role: 'crm',
  capabilities: [
    capability('users', ['user'], { write: 'none', update: false, key: null }),
    capability('deals', ['deal']),
  ],
  mappings: [
    {
      object: 'users',
      kind: 'user',
      fields: [
        field('name', 'Name', { create: 'in', update: 'in' }),
        field('email', 'Email', { create: 'in', update: 'in' }),
        field('state', 'State', { create: 'in', update: 'in' }),
      ],
    },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        field('name', 'Title'),
        field('ownerId', 'OwnerId', { conversion: user(fallback), create: owner, update: owner }),
        field('managerId', 'ManagerId', { conversion: user(fallback), create: 'out', update: 'out', wins: 'ledger' }),
      ],
    },
  ],
})

const portal: Side = {
  role: 'portal',
  capabilities: [capability('partners', ['partner'], { write: 'none', update: false, key: null })],
  mappings: [
    {
      object: 'partners',
      kind: 'partner',
      fields: [
        field('name', 'name', { create: 'in', update: 'in' }),
        field('managerEmail', 'manager', { create: 'in', update: 'in' }),
      ],
    },
  ],
}

const person = (name: string, state = 'active') => ({
  Name: name,
  Email: `${name.toLowerCase()}@us.example`,
  State: state,
})

async function idOf(table: 'users' | 'partners', name: string): Promise<string> {
  const [row] = await bench.rows<{ id: string }>(`select id from ${table} where name = '${name}'`)
  return row?.id ?? ''
}

async function makeDeal(values: Record<string, string | null>): Promise<string> {
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'deal', [{ id, values: { name: 'Big', ...values } }])
    await ensureLinks(tx, [{ connection: 'alpha', object: 'deals', kind: 'deal', recordId: id }])
    await planWrites(tx, [id])
  })
  await bench.settle()
  return id
}

const deal = () => bench.vendor('alpha').of('deals')[0]
const parked = () => bench.rows(`select code from writes where status = 'parked'`)

describe('the owner of a deal', () => {
  it('is written by the user’s id there, and the partner account manager beside it', async () => {
    bench = await startBench({ alpha: crm('both', 'alpha-fallback') })
    const [ada, bea] = ['Ada', 'Bea'].map((name) => bench.vendor('alpha').put('users', person(name)))
    await bench.settle()
    await makeDeal({ ownerId: await idOf('users', 'Ada'), managerId: await idOf('users', 'Bea') })
    expect(deal()?.fields).toMatchObject({ OwnerId: ada, ManagerId: bea })
  })

  it.each([
    ['has left', (id: string) => bench.vendor('alpha').edit(id, { State: 'left' })],
    ['was deleted there', (id: string) => bench.vendor('alpha').erase(id)],
  ])('is the fallback there once the user %s, and the ledger keeps the owner', async (_, leave) => {
    bench = await startBench({ alpha: crm('both', 'alpha-2') })
    const ada = bench.vendor('alpha').put('users', person('Ada'))
    const other = bench.vendor('alpha').put('users', person('Queue'))
    await bench.settle()
    const ownerId = await idOf('users', 'Ada')
    const id = await makeDeal({ ownerId })
    expect(deal()?.fields['OwnerId']).toBe(ada)
    leave(ada)
    await bench.settle()
    await bench.db.transaction(async (tx) => {
      await updateRecords(tx, 'deal', [{ id, values: { name: 'Bigger' } }])
      await planWrites(tx, [id])
    })
    await bench.settle()
    expect(deal()?.fields).toEqual({ Title: 'Bigger', OwnerId: other })
    const [kept] = await bench.rows<{ owner_id: string }>('select owner_id from deals')
    expect(kept?.owner_id).toBe(ownerId)
    expect(await bench.rows('select * from clashes')).toEqual([])
  })

  it('stays the ledger’s when a create with the fallback is found again after its answer was lost', async () => {
    bench = await startBench({ alpha: crm('both', 'alpha-1') })
    bench.vendor('alpha').put('users', person('Queue'))
    bench.vendor('alpha').put('users', person('Ada', 'left'))
    await bench.settle()
    let lost = 0
    bench.vendor('alpha').fate = () => ({ do: (lost += 1) === 1 ? 'commit, then break' : 'commit' })
    const ownerId = await idOf('users', 'Ada')
    await makeDeal({ ownerId })
    expect(deal()?.fields['OwnerId']).toBe('alpha-1')
    expect(await bench.rows('select owner_id from deals')).toEqual([{ owner_id: ownerId }])
  })

  it('is left alone where no fallback is set: nothing waits, nothing is parked, and no user is made', async () => {
    bench = await startBench({ alpha: crm('both') })
    const ownerId = randomUUID()
    await bench.db.transaction((tx) => insertRecords(tx, 'user', [{ id: ownerId, values: { name: 'Elsewhere' } }]))
    const id = await makeDeal({ ownerId })
    expect(deal()?.fields).toEqual({ Title: 'Big' })
    bench.vendor('alpha').edit(deal()?.id ?? '', { OwnerId: 'alpha-77' })
    await bench.settle()
    await bench.db.transaction((tx) => planWrites(tx, [id, ownerId]))
    await bench.settle()
    expect(deal()?.fields['OwnerId']).toBe('alpha-77')
    expect(await parked()).toEqual([])
    expect(bench.vendor('alpha').of('users')).toEqual([])
  })

  it('is never written where it only flows in, whoever has left', async () => {
    bench = await startBench({ alpha: crm('in', 'alpha-9') })
    const ada = bench.vendor('alpha').put('users', person('Ada'))
    bench.vendor('alpha').put('deals', { Title: 'Theirs', OwnerId: ada })
    await bench.settle()
    bench.vendor('alpha').edit(ada, { State: 'left' })
    await bench.settle()
    expect(bench.vendor('alpha').count('write')).toBe(0)
    expect(await bench.rows('select owner_id from deals')).toEqual([{ owner_id: await idOf('users', 'Ada') }])
  })
})

const managerOf = async (partner: string) =>
  (
    await bench.rows<{ name: string | null }>(
      `select u.name from partners p left join users u on u.id = p.manager_id where p.name = '${partner}'`,
    )
  )[0]?.name

describe('a partner’s account manager', () => {
  it.each([['user'], ['partner']] as const)(
    'is the user with the named address, when the %s comes first',
    async (first) => {
      bench = await startBench({ portal, alpha: crm('in') })
      const make = {
        user: () => bench.vendor('alpha').put('users', person('Ada')),
        partner: () => bench.vendor('portal').put('partners', { name: 'North', manager: 'ADA@us.example' }),
      }
      make[first]()
      await bench.settle()
      make[first === 'user' ? 'partner' : 'user']()
      await bench.settle()
      expect(await managerOf('North')).toBe('Ada')
    },
  )

  it('follows the address, stays with one who leaves, and is nobody where the address is nobody’s', async () => {
    bench = await startBench({ portal, alpha: crm('in') })
    const [ada] = ['Ada', 'Bea'].map((name) => bench.vendor('alpha').put('users', person(name)))
    const north = bench.vendor('portal').put('partners', { name: 'North', manager: 'ada@us.example' })
    await bench.settle()
    bench.vendor('alpha').edit(ada ?? '', { State: 'left' })
    await bench.settle()
    expect(await managerOf('North')).toBe('Ada')
    bench.vendor('portal').edit(north, { manager: 'bea@us.example' })
    await bench.settle()
    expect(await managerOf('North')).toBe('Bea')
    bench.vendor('portal').edit(north, { manager: 'nobody@us.example' })
    await bench.settle()
    expect(await managerOf('North')).toBeNull()
  })
})
