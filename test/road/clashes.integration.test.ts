/** Both sides of a field changed: who wins, what becomes of the value that lost, and what a person says. */
import { randomUUID } from 'node:crypto'
import { sql } from 'drizzle-orm'
import { afterEach, describe, expect, it } from 'vitest'
import { applyPending } from '../../src/apply/apply.ts'
import { restoreClash, ruleClash } from '../../src/apply/rulings.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { ensureLinks, planWrites } from '../../src/db/outbox.ts'
import { sqlState } from '../../src/db/attempts.ts'
import { CausewayError } from '../../src/errors.ts'
import { storeRecords } from '../../src/intake/store.ts'
import type { Wins } from '../../src/mapping/definition.ts'
import { capability, crm, field, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

/** A CRM whose account names are disputed by a rule; countries are the vendor's. */
const disputed = (wins: Wins, conditional = false): Side => ({
  role: 'crm',
  capabilities: [capability('accounts', ['account'], { conditional })],
  mappings: [
    { object: 'accounts', kind: 'account', fields: [field('name', 'Name', { wins }), field('country', 'Country')] },
  ],
})

/** An account named `Old` that alpha and, where it is there, beta hold. */
async function start(alpha: Side, beta: Side | null = null): Promise<{ id: string; there: string; beyond: string }> {
  bench = await startBench(beta === null ? { alpha } : { alpha, beta })
  const id = randomUUID()
  await bench.db.transaction(async (tx) => {
    await insertRecords(tx, 'account', [{ id, values: { name: 'Old', country: 'DE' } }])
    await ensureLinks(
      tx,
      [...bench.systems.keys()].map((connection) => ({
        connection,
        object: 'accounts',
        kind: 'account',
        recordId: id,
      })),
    )
    await planWrites(tx, [id])
  })
  await bench.settle()
  const idAt = (name: string) => (bench.systems.has(name) ? (bench.vendor(name).of('accounts')[0]?.id ?? '') : '')
  return { id, there: idAt('alpha'), beyond: idAt('beta') }
}

/** A change of the ledger that is on its way and not yet sent. */
async function change(id: string, name: string, at?: string): Promise<void> {
  await bench.db.transaction(async (tx) => {
    await updateRecords(tx, 'account', [{ id, values: { name }, ...(at === undefined ? {} : { at: { name: at } }) }])
    await planWrites(tx, [id])
  })
}

const hour = 3_600_000

const clashes = () =>
  bench.rows(
    `select c.base, c.ours, c.theirs, c.rule, c.winner, c.decided_by, c.decided_at is not null as decided, l.held_fields
     from clashes c join links l on l.id = c.link_id order by c.at, c.id`,
  )
const clashId = async () =>
  (await bench.rows<{ id: string }>('select id from clashes order by at desc, id desc limit 1'))[0]?.id ?? ''
const nameOf = async (id: string) =>
  (await bench.rows<{ name: string }>(`select name from accounts where id = '${id}'`))[0]?.name
const nameAt = (vendor: string, id: string) => bench.vendor(vendor).one(id).fields['Name']

/** Alpha's user edits at one instant by alpha's clock, beta's at another by beta's; what alpha's change meets is what beta said. */
async function race(clocks: { alpha: number; beta: number }, alphaEditsLater: boolean) {
  const { id, there, beyond } = await start(disputed('newest'), disputed('newest'))
  for (const [name, skew] of Object.entries(clocks))
    await bench.db.execute(sql`update streams set skew_ms = ${skew} where connection = ${name}`)
  const noon = Date.parse('2026-03-01T12:00:00.000Z')
  const edit = (name: 'alpha' | 'beta', recordId: string, trueMs: number) => {
    bench.vendor(name).stillAt = new Date(trueMs + clocks[name]).toISOString()
    bench.vendor(name).edit(recordId, { Name: `of ${name}` })
  }
  edit('beta', beyond, noon)
  edit('alpha', there, noon + (alphaEditsLater ? 60_000 : -60_000))
  await bench.pull('beta', 'accounts')
  await bench.settle()
  return { names: [await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)], kept: await clashes() }
}

/** A clash that waits for a person. */
async function openClash() {
  const made = await start(disputed('ask'), crm)
  bench.vendor('alpha').edit(made.there, { Name: 'Theirs' })
  await change(made.id, 'Ours')
  await bench.settle()
  return made
}

it.each([
  ['vendor', 'Theirs', 'theirs'],
  ['ledger', 'Ours', 'ours'],
] as const)('lets the %s win in every system, and keeps the value that lost', async (wins, stands, winner) => {
  const { id, there, beyond } = await start(disputed(wins), crm)
  bench.vendor('alpha').edit(there, { Name: 'Theirs' })
  await change(id, 'Ours')
  await bench.settle()
  expect([await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)]).toEqual([stands, stands, stands])
  expect(await clashes()).toMatchObject([
    { base: 'Old', ours: 'Ours', theirs: 'Theirs', rule: wins, winner, decided: true, held_fields: [] },
  ])
})

it('makes no clash of an edit on one side', async () => {
  const { id, there } = await start(disputed('ask'))
  bench.vendor('alpha').edit(there, { Name: 'Theirs' })
  await bench.settle()
  await change(id, 'Ours')
  await bench.settle()
  expect([await nameOf(id), nameAt('alpha', there)]).toEqual(['Ours', 'Ours'])
  expect(await clashes()).toEqual([])
})

describe('newest', () => {
  it.each([
    ['agree', { alpha: 0, beta: 0 }],
    ['are an hour ahead at the one', { alpha: hour, beta: 0 }],
    ['are an hour ahead at the other', { alpha: 0, beta: hour }],
    ['are an hour behind at the one', { alpha: -hour, beta: 0 }],
  ])('is the later edit where the clocks %s', async (_, clocks) => {
    const later = await race(clocks, true)
    expect(later.names).toEqual(['of alpha', 'of alpha', 'of alpha'])
    expect(later.kept).toMatchObject([{ ours: 'of beta', theirs: 'of alpha', winner: 'theirs' }])
    await bench.close()
    const earlier = await race(clocks, false)
    expect(earlier.names).toEqual(['of beta', 'of beta', 'of beta'])
    expect(earlier.kept).toMatchObject([{ ours: 'of beta', theirs: 'of alpha', winner: 'ours' }])
  })

  it('takes nobody’s word for an edit in the future', async () => {
    const { id, there } = await start(disputed('newest'))
    bench.vendor('alpha').stillAt = '2199-01-01T00:00:00.000Z'
    bench.vendor('alpha').edit(there, { Name: 'Theirs' })
    while ((await bench.pull('alpha', 'accounts')).waitMs === 0);
    const [kept] = await bench.rows<{ ahead: boolean }>(
      `select (touched ->> 'name')::timestamptz > now() as ahead from accounts where id = '${id}'`,
    )
    expect(kept).toEqual({ ahead: false })
  })
})

describe('ask', () => {
  it('leaves both values where they are, and goes on with the other fields both ways', async () => {
    const { id, there, beyond } = await openClash()
    expect([await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)]).toEqual(['Ours', 'Theirs', 'Ours'])
    expect(await clashes()).toMatchObject([
      {
        base: 'Old',
        ours: 'Ours',
        theirs: 'Theirs',
        rule: 'ask',
        winner: 'open',
        decided: false,
        held_fields: ['name'],
      },
    ])
    bench.vendor('alpha').edit(there, { Country: 'AT' })
    await bench.settle()
    expect(bench.vendor('beta').one(beyond).fields['Country']).toBe('AT')
    bench.vendor('beta').edit(beyond, { Country: 'CH' })
    await bench.settle()
    expect(bench.vendor('alpha').one(there).fields).toEqual({ Name: 'Theirs', Country: 'CH' })
  })

  it('follows further edits of either side in the one row', async () => {
    const { id, there, beyond } = await openClash()
    bench.vendor('alpha').edit(there, { Name: 'Theirs again' })
    bench.vendor('beta').edit(beyond, { Name: 'Ours again' })
    await bench.settle()
    expect([await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)]).toEqual([
      'Ours again',
      'Theirs again',
      'Ours again',
    ])
    expect(await clashes()).toMatchObject([
      { base: 'Old', ours: 'Ours again', theirs: 'Theirs again', winner: 'open', held_fields: ['name'] },
    ])
  })

  it.each([
    ['the vendor comes to ours', 'alpha', 'Ours', 'ours'],
    ['the others come to theirs', 'beta', 'Theirs', 'theirs'],
  ] as const)('is over when %s, and the field flows again', async (_, who, name, winner) => {
    const { id, there, beyond } = await openClash()
    bench.vendor(who).edit(who === 'alpha' ? there : beyond, { Name: name })
    await bench.settle()
    expect(await clashes()).toMatchObject([{ ours: 'Ours', theirs: 'Theirs', winner, decided: true, held_fields: [] }])
    await change(id, 'Later')
    await bench.settle()
    expect([nameAt('alpha', there), nameAt('beta', beyond)]).toEqual(['Later', 'Later'])
  })

  it('opens and closes within one page, and tells of it', async () => {
    const { id, there } = await start(disputed('ask'))
    bench.vendor('alpha').edit(there, { Name: 'Theirs' })
    await change(id, 'Ours')
    await bench.db.execute(sql`update writes set not_before = now() + interval '1 hour'`)
    const record = (seq: number, name: string) => ({
      object: 'accounts',
      id: there,
      key: null,
      version: `v${String(seq)}`,
      modifiedAt: new Date(Date.UTC(2026, 5, 1) + seq).toISOString(),
      deleted: false,
      mergedInto: null,
      fields: { Name: name, Country: 'DE' },
    })
    await storeRecords(bench.db, 'alpha', [record(1, 'Theirs'), record(2, 'Ours')])
    await applyPending(bench.db, bench.systems, 'alpha', 'accounts')
    expect(await clashes()).toMatchObject([{ ours: 'Ours', theirs: 'Theirs', winner: 'ours', held_fields: [] }])
  })

  it.each([
    ['ours', 'Ours'],
    ['theirs', 'Theirs'],
  ] as const)('does as a person rules: %s', async (winner, stands) => {
    const { id, there, beyond } = await openClash()
    await ruleClash(bench.db, { clashId: await clashId(), winner, by: 'Ada', actor: 'key:1' })
    await bench.settle()
    expect([await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)]).toEqual([stands, stands, stands])
    expect(await clashes()).toMatchObject([
      { ours: 'Ours', theirs: 'Theirs', winner, decided_by: 'Ada', decided: true, held_fields: [] },
    ])
    expect(
      await bench.rows(
        `select a.actor, a.connection, a.fields, a.detail ->> 'winner' as winner, v.before, v.after
         from audit a join audit_values v on v.audit_id = a.id where a.what = 'clash'`,
      ),
    ).toEqual([
      {
        actor: 'key:1',
        connection: 'alpha',
        fields: ['name'],
        winner,
        before: { name: 'Ours' },
        after: { name: stands },
      },
    ])
  })

  it('tells the second of two deciders who was first, also when both rule at once', async () => {
    await openClash()
    const id = await clashId()
    const rulings = await Promise.allSettled([
      ruleClash(bench.db, { clashId: id, winner: 'ours', by: 'Ada', actor: 'key:1' }),
      ruleClash(bench.db, { clashId: id, winner: 'theirs', by: 'Bea', actor: 'key:2' }),
    ])
    expect(rulings.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const [refused] = rulings.filter((ruling) => ruling.status === 'rejected')
    const error: unknown = refused?.reason
    const first = rulings[0].status === 'fulfilled' ? 'Ada' : 'Bea'
    expect(error).toMatchObject({ code: 'CW_CLASH_DECIDED', detail: { decidedBy: first } })
    expect(await clashes()).toMatchObject([{ decided_by: first }])
  })

  it('lets the database hold one open clash a link and field', async () => {
    await openClash()
    const again = bench.db.execute(sql`
      insert into clashes (link_id, record_id, kind, field, rule, winner)
      select link_id, record_id, kind, field, rule, winner from clashes`)
    await expect(again.catch((error: unknown) => Promise.reject(new Error(String(sqlState(error)))))).rejects.toThrow(
      '23505',
    )
  })
})

describe('a settled clash', () => {
  it.each([
    ['vendor', 'Theirs', 'Ours'],
    ['ledger', 'Ours', 'Theirs'],
  ] as const)('can be turned around, and back (%s)', async (wins, stood, lost) => {
    const { id, there, beyond } = await start(disputed(wins), crm)
    bench.vendor('alpha').edit(there, { Name: 'Theirs' })
    await change(id, 'Ours')
    await bench.settle()
    const clash = { clashId: await clashId(), by: 'Ada', actor: 'key:1' }
    for (const now of [lost, stood]) {
      await restoreClash(bench.db, clash)
      await bench.settle()
      expect([await nameOf(id), nameAt('alpha', there), nameAt('beta', beyond)]).toEqual([now, now, now])
    }
    expect(await clashes()).toHaveLength(1)
  })

  it('is not turned around over a later edit, nor while it is open', async () => {
    const { id, there } = await start(disputed('vendor'))
    bench.vendor('alpha').edit(there, { Name: 'Theirs' })
    await change(id, 'Ours')
    await bench.settle()
    const clash = { clashId: await clashId(), by: 'Ada', actor: 'key:1' }
    bench.vendor('alpha').edit(there, { Name: 'Later' })
    await bench.settle()
    await expect(restoreClash(bench.db, clash)).rejects.toMatchObject({ code: 'CW_UNDO_EDITED' })
    expect(await nameOf(id)).toBe('Later')
    await bench.db.execute(sql`update clashes set winner = 'open'`)
    await expect(restoreClash(bench.db, clash)).rejects.toMatchObject({ code: 'CW_TRANSITION_ILLEGAL' })
    const unknown = restoreClash(bench.db, { ...clash, clashId: randomUUID() })
    await expect(unknown).rejects.toBeInstanceOf(CausewayError)
  })
})

describe('an edit in the middle of a write', () => {
  it.each(['newest', 'ask', 'vendor', 'ledger'] as const)(
    'is merged by the rule %s when it comes before the record is read',
    async (wins) => {
      const { id, there } = await start(disputed(wins))
      await change(id, 'Ours', '2020-01-01T00:00:00.000Z')
      bench.vendor('alpha').edit(there, { Name: 'Theirs' })
      await bench.age()
      await bench.drain('alpha')
      expect(nameAt('alpha', there)).toBe(wins === 'ledger' ? 'Ours' : 'Theirs')
      expect(await clashes()).toMatchObject([{ ours: 'Ours', theirs: 'Theirs' }])
    },
  )

  it.each(['newest', 'ask', 'vendor', 'ledger'] as const)(
    'is merged by the rule %s when it comes between the reading and a conditional write',
    async (wins) => {
      const { id, there } = await start(disputed(wins, true))
      const vendor = bench.vendor('alpha')
      await change(id, 'Ours', '2020-01-01T00:00:00.000Z')
      let edits = 0
      vendor.fate = () => {
        if ((edits += 1) === 1) vendor.edit(there, { Name: 'Theirs' })
        return { do: 'commit' }
      }
      await bench.settle()
      expect(nameAt('alpha', there)).toBe(wins === 'ledger' ? 'Ours' : 'Theirs')
      expect(await clashes()).toMatchObject([{ ours: 'Ours', theirs: 'Theirs' }])
    },
  )
})
