/** Expressions on the road: what they make flows both ways and merges right, and a bad one stops neither page nor object. */
import { randomUUID } from 'node:crypto'
import { afterEach, expect, it } from 'vitest'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import type { FieldMapping, ObjectMapping, Transformation, Wins } from '../../src/mapping/definition.ts'
import { capability, crm, field, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

/** A CRM that keeps account names in capitals and countries as `Country: DE`. */
const shouting = (wins: Wins = 'vendor'): Side => ({
  role: 'crm',
  capabilities: [capability('accounts', ['account'])],
  mappings: [
    {
      object: 'accounts',
      kind: 'account',
      fields: [
        field('name', 'NAME', { wins, transform: { in: '$lowercase(NAME)', out: '$uppercase(name)' } }),
        field('country', 'Land', { transform: { in: '$substringAfter(Land, ": ")', out: '"Country: " & country' } }),
      ],
    },
  ],
})

/** An account that all systems of the bench are to hold. */
async function make(values: Record<string, string>): Promise<string> {
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id, values }])
    const place = { object: 'accounts', kind: 'account', recordId: id } as const
    await ensureLinks(
      tx,
      [...bench.systems.keys()].map((connection) => ({ connection, ...place })),
    )
    await planWrites(tx, [id])
  })
  return id
}

async function change(id: string, values: Record<string, string>): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, 'account', [{ id, values }])
    await planWrites(tx, [id])
  })
}

const ours = () => bench.rows('select name, country from accounts order by name')
const changes = () =>
  bench.rows<{ external_id: string; status: string; code: string | null; detail: unknown }>(
    'select external_id, status, code, detail from changes order by id',
  )
const parked = async () => (await changes()).filter(({ status }) => status === 'parked')
const only = (vendor: string) => {
  const [held] = bench.vendor(vendor).of('accounts')
  if (held === undefined) throw new Error(`${vendor} holds none`)
  return held
}

it('writes what the expression makes of ours, takes back what it makes of theirs, and the echo is nothing new', async () => {
  bench = await startBench({ alpha: shouting(), beta: crm })
  const id = await make({ name: 'acme', country: 'DE' })
  await bench.settle()
  expect(only('alpha').fields).toEqual({ NAME: 'ACME', Land: 'Country: DE' })
  expect(only('beta').fields).toMatchObject({ Name: 'acme', Country: 'DE' })

  bench.vendor('alpha').edit(only('alpha').id, { Land: 'Country: AT' })
  await bench.settle()
  expect(await ours()).toEqual([{ name: 'acme', country: 'AT' }])
  expect(only('beta').fields['Country']).toBe('AT')

  bench.vendor('beta').edit(only('beta').id, { Name: 'emca' })
  await bench.settle()
  expect(only('alpha').fields).toEqual({ NAME: 'EMCA', Land: 'Country: AT' })
  const writes = bench.vendor('alpha').count('write') + bench.vendor('beta').count('write')
  await bench.settle()
  expect(bench.vendor('alpha').count('write') + bench.vendor('beta').count('write')).toBe(writes)
  expect(await bench.rows('select * from clashes')).toEqual([])
  await change(id, { name: 'zeta' })
  await bench.settle()
  expect(only('alpha').fields['NAME']).toBe('ZETA')
})

it('merges transformed values: a field that only we changed is no clash, and one that both changed is', async () => {
  bench = await startBench({ alpha: shouting('ledger') })
  // It reads otherwise after a stay at the vendor, and that is nobody's edit.
  const id = await make({ name: 'McKay', country: 'DE' })
  await bench.settle()
  expect(only('alpha').fields['NAME']).toBe('MCKAY')
  expect(await ours()).toEqual([{ name: 'McKay', country: 'DE' }])

  bench.vendor('alpha').edit(only('alpha').id, { NAME: 'KAY' })
  await bench.pull('alpha', 'accounts')
  expect(await ours()).toEqual([{ name: 'kay', country: 'DE' }])
  expect(await bench.rows('select * from clashes')).toEqual([])

  await change(id, { name: 'Ours' })
  bench.vendor('alpha').edit(only('alpha').id, { NAME: 'THEIRS', Land: 'Country: CH' })
  await bench.settle()
  expect(await ours()).toEqual([{ name: 'Ours', country: 'CH' }])
  expect(only('alpha').fields).toEqual({ NAME: 'OURS', Land: 'Country: CH' })
  expect(await bench.rows('select field, base, ours, theirs, winner from clashes')).toEqual([
    { field: 'name', base: 'kay', ours: 'Ours', theirs: 'theirs', winner: 'ours' },
  ])
})

it('takes several versions of one record in one reading, each merged with the one before', async () => {
  bench = await startBench({ alpha: shouting() })
  const vendor = bench.vendor('alpha')
  const ids = ['A', 'B', 'C'].map((NAME) => vendor.put('accounts', { NAME, Land: 'Country: DE' }))
  await bench.pull('alpha', 'accounts')
  for (const id of ids) vendor.edit(id, { Land: 'Country: AT' })
  await bench.pull('alpha', 'accounts')
  for (const id of ids) vendor.edit(id, { Land: 'Country: CH' })
  await bench.db.execute(
    "update changes set status = 'pending', settled_at = null where (body #>> '{fields,Land}') = 'Country: AT'",
  )
  await bench.settle()
  expect((await ours()).map(({ country }) => country)).toEqual(['CH', 'CH', 'CH'])
  expect(await parked()).toEqual([])
})

it('finds whose record it is by an identity that an expression makes', async () => {
  const byAddress: ObjectMapping = {
    object: 'accounts',
    kind: 'account',
    fields: [
      field('name', 'Name'),
      field('domain', 'Mail', {
        conversion: { as: 'domain' },
        create: 'in',
        update: 'in',
        transform: { in: '$substringAfter(Mail, "@")' },
      }),
    ],
  }
  const one: Side = { role: 'crm', capabilities: [capability('accounts', ['account'])], mappings: [byAddress] }
  bench = await startBench({ alpha: one, beta: crm })
  bench.vendor('beta').put('accounts', { Name: 'Acme', Site: 'acme.com', Country: 'DE' })
  await bench.settle()
  bench.vendor('alpha').put('accounts', { Name: 'Acme', Mail: 'ada@acme.com' })
  await bench.settle()
  expect(await bench.rows('select name, domain from accounts')).toEqual([{ name: 'Acme', domain: 'acme.com' }])
})

const endless = '($f := function($n) { $f($n + 1) }; $f(1))'
const hostile = {
  LOOP: { does: endless, code: 'CW_TRANSFORM_STOPPED', found: /bound on time/ },
  DEEP: { does: '($f := function($n) { $f($n) + 1 }; $f(1))', code: 'CW_TRANSFORM_STOPPED', found: /bound on depth/ },
  TEXT: { does: '$pad("x", 1000000000)', code: 'CW_TRANSFORM_STOPPED', found: /bound on output/ },
  LIST: { does: '[1..10000000]', code: 'CW_TRANSFORM_STOPPED', found: /bound on output/ },
  STUCK: {
    does: `$match("${'a'.repeat(40)}b", /(a+)+$/)`,
    code: 'CW_TRANSFORM_STOPPED',
    found: /bound on time/,
  },
  THROW: { does: '$error(Name)', code: 'CW_TRANSFORM_FAILED', found: /D3137/ },
  OBJECT: { does: '$', code: 'CW_TRANSFORM_RESULT', found: /an object/ },
} as const

/** Accounts whose country an expression makes; deals beside them. */
function transforming(transform: Transformation, more: Partial<FieldMapping> = {}): Side {
  const [accounts, deals] = crm.mappings
  if (accounts === undefined || deals === undefined) throw new Error('the CRM keeps accounts and deals')
  const fields = accounts.fields.map((one) => (one.field === 'country' ? { ...one, transform, ...more } : one))
  return { ...crm, mappings: [{ ...accounts, fields }, deals] }
}

const inOnly = { create: 'in', update: 'in' } as const

it('stops each evaluation at its bound, parks its record with the reason, and takes in all others of the page and of other objects', async () => {
  const cases = Object.entries(hostile).map(([name, { does }]) => `Country = "${name}" ? ${does}`)
  bench = await startBench({ alpha: transforming({ in: `${cases.join(' : ')} : Country` }, inOnly) })
  const vendor = bench.vendor('alpha')
  const bad = new Map<string, string>()
  for (let i = 0; i < 40; i += 1) {
    vendor.put('accounts', { Name: `Fine ${String(i)}`, Site: null, Country: 'DE' })
    const name = Object.keys(hostile)[i / 5]
    if (name !== undefined) bad.set(vendor.put('accounts', { Name: 'Lovelace', Site: null, Country: name }), name)
    vendor.put('deals', { Title: `Deal ${String(i)}`, Amount: null, AccountId: null })
  }
  await bench.pull('alpha', 'accounts')
  await bench.settle()
  expect(await bench.rows(`select count(*)::int as n from accounts where country = 'DE'`)).toEqual([{ n: 40 }])
  expect(await bench.rows('select count(*)::int as n from deals')).toEqual([{ n: 40 }])
  const stopped = await parked()
  expect(stopped).toHaveLength(Object.keys(hostile).length)
  for (const { external_id, code, detail } of stopped) {
    const name = Object.entries(hostile).find(([key]) => key === bad.get(external_id))?.[1]
    expect(code).toBe(name?.code)
    expect(detail).toMatchObject({
      fields: [{ field: 'country', path: 'Country', found: expect.stringMatching(name?.found ?? '') as unknown }],
    })
    expect(JSON.stringify(detail)).not.toContain('Lovelace')
  }
})

it('parks at once what a bad expression would make of a thousand records; once it is mended they go on by themselves', async () => {
  bench = await startBench({ alpha: transforming({ in: `Country & ${endless}` }, inOnly) })
  const vendor = bench.vendor('alpha')
  for (let i = 0; i < 1_000; i += 1)
    vendor.put('accounts', { Name: `No ${String(i)}`, Site: null, Country: `DE ${String(i)}` })
  vendor.put('deals', { Title: 'Deal', Amount: null, AccountId: null })
  await bench.settle()
  const waiting = await parked()
  expect(waiting).toHaveLength(1_000)
  expect(new Set(waiting.map(({ code }) => code))).toEqual(new Set(['CW_TRANSFORM_STOPPED']))
  const tried = waiting.filter(({ detail }) => !JSON.stringify(detail).includes('not tried for a while'))
  expect(tried.length).toBeLessThanOrEqual(3)
  expect(await bench.rows('select count(*)::int as n from deals')).toEqual([{ n: 1 }])

  bench.systems.set('alpha', {
    ...bench.system('alpha'),
    mappings: transforming({ in: '$lowercase(Country)' }, inOnly).mappings,
  })
  for (let round = 0; round < 20 && (await parked()).length > 0; round += 1) await bench.round()
  expect(await parked()).toEqual([])
  expect(await bench.rows(`select count(*)::int as n from accounts where country ~ '^de [0-9]+$'`)).toEqual([
    { n: 1_000 },
  ])
})

const out = (bad: string) => transforming({ in: 'Country', out: `name = "Bad" ? ${bad} : country` })

it('parks a write whose expression fails, sends all others, and sends it when the expression is mended', async () => {
  bench = await startBench({ alpha: out('$error(name)') })
  for (const name of ['Bad', 'Good', 'Fine']) await make({ name, country: 'DE' })
  await bench.settle()
  const names = () =>
    bench
      .vendor('alpha')
      .of('accounts')
      .map(({ fields }) => String(fields['Name']))
      .toSorted()
  expect(names()).toEqual(['Fine', 'Good'])
  expect(await bench.rows(`select code, detail from writes where status = 'parked'`)).toEqual([
    {
      code: 'CW_TRANSFORM_FAILED',
      detail: {
        fields: [
          {
            field: 'country',
            path: 'Country',
            code: 'CW_TRANSFORM_FAILED',
            expected: 'a result',
            found: expect.any(String) as unknown,
          },
        ],
      },
    },
  ])
  bench.systems.set('alpha', { ...bench.system('alpha'), mappings: out('"none"').mappings })
  await bench.settle()
  expect(names()).toEqual(['Bad', 'Fine', 'Good'])
  expect(await bench.rows(`select count(*)::int as n from writes where status <> 'done'`)).toEqual([{ n: 0 }])
})
