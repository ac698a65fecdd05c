/** Two CRMs at once: a deal lives in one, the other holds a marked mirror, and moving it is an explicit act. */
import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import type { Registration } from '../../src/process/facts.ts'
import { insertRecords, updateRecords } from '../../src/db/ledger.ts'
import { planWrites } from '../../src/db/outbox.ts'
import { findRivals } from '../../src/process/findings.ts'
import { moveHome } from '../../src/process/move-home.ts'
import { createDeal } from '../../src/process/create-deal.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { partners, registrations } from '../../src/db/schema/index.ts'
import { listDeals, readDeal } from '../../src/reports/deals.ts'
import { capability, field, ours, portal, startBench, type Bench, type Side } from '../setup/bench.ts'

let bench: Bench
afterEach(() => bench.close())

const toAccount = { as: 'lookup', of: 'account', object: 'accounts' } as const
const toDeal = { as: 'lookup', of: 'deal', object: 'deals' } as const

/** A CRM that marks deals with their home, and has stages of its own. `customers`: its parts in deals include the customer. */
const crm = (mirrors: boolean, begins: string, customers = true): Side => ({
  role: 'crm',
  mirrors,
  capabilities: [
    capability('accounts', ['account']),
    capability('deals', ['deal']),
    capability('parts', ['party'], { read: 'none', write: 'set', update: false, key: null }),
  ],
  mappings: [
    {
      object: 'accounts',
      kind: 'account',
      fields: [field('name', 'Name'), field('domain', 'Site', { conversion: { as: 'domain' } })],
    },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        field('name', 'Title'),
        field('amount', 'Amount', { conversion: { as: 'decimal' } }),
        field('stage', 'Stage', { create: 'both', update: 'in', initial: begins }),
        field('status', 'Status', { create: 'in', update: 'in' }),
        field('accountId', 'AccountId', { conversion: toAccount }),
        field('home', 'Home', ours),
      ],
    },
    {
      object: 'parts',
      kind: 'party',
      fields: [
        field('dealId', 'DealId', { ...ours, conversion: toDeal }),
        ...(customers ? [field('accountId', 'AccountId', { ...ours, conversion: toAccount })] : []),
        field('role', 'Role', ours),
      ],
    },
  ],
})

const start = async (mirrors = { alpha: false, beta: true }, customers = true) =>
  (bench = await startBench({ alpha: crm(mirrors.alpha, 'A1'), beta: crm(mirrors.beta, 'B1', customers), portal }))

/** A direct deal that alpha's people made, and its mirror in beta. */
async function direct() {
  await start()
  const account = bench.vendor('alpha').put('accounts', { Name: 'Acme', Site: 'acme.com' })
  const there = bench
    .vendor('alpha')
    .put('deals', { Title: 'Big', Amount: '10', Stage: 'A2', Status: 'open', AccountId: account, Home: null })
  await bench.settle()
  const [row] = await bench.rows<{ id: string }>('select id from deals')
  return { id: row?.id ?? '', there, mirror: bench.vendor('beta').of('deals')[0]?.id ?? '' }
}

const claim = async (values: Partial<Registration> = {}): Promise<Registration> => {
  const [row] = await bench.db
    .insert(registrations)
    .values({ company: 'Acme', nameKey: 'acme', domain: 'acme.com', ...values })
    .returning()
  if (row === undefined) throw new Error('no registration')
  return row
}

describe('a mirror', () => {
  it('is made in the other CRM with what it refers to, marked, with a first stage of its own, and never in a portal', async () => {
    const { mirror } = await direct()
    const beta = bench.vendor('beta')
    expect(beta.one(mirror).fields).toEqual({
      Title: 'Big',
      Amount: '10',
      Stage: 'B1',
      AccountId: beta.of('accounts')[0]?.id,
      Home: 'alpha',
    })
    expect(beta.of('accounts')).toMatchObject([{ fields: { Name: 'Acme', Site: 'acme.com' } }])
    expect(bench.vendor('portal').count('write')).toBe(0)
    expect(await bench.rows(`select * from links where connection = 'portal'`)).toEqual([])
  })

  it('is not made where mirrors are off', async () => {
    bench = await startBench({ alpha: crm(false, 'A1'), beta: crm(false, 'B1') })
    bench.vendor('alpha').put('deals', { Title: 'Big', Amount: '10', Stage: 'A2', Status: 'open', AccountId: null })
    await bench.settle()
    expect(bench.vendor('beta').held.size).toBe(0)
  })

  it('follows its original, and nothing that is edited in it comes in', async () => {
    const { there, mirror } = await direct()
    bench.vendor('beta').edit(mirror, { Title: 'Mine', Amount: '99', Status: 'won' })
    await bench.settle()
    expect(bench.vendor('beta').one(mirror).fields).toMatchObject({ Title: 'Big', Amount: '10' })
    expect(await bench.rows('select name, amount::text, status, home from deals')).toEqual([
      { name: 'Big', amount: '10.0000', status: 'open', home: 'alpha' },
    ])
    expect(await bench.rows('select * from clashes')).toEqual([])
    bench.vendor('alpha').edit(there, { Title: 'Bigger', Stage: 'A3' })
    await bench.settle()
    // A stage is the CRM's own name: that of the home means nothing here.
    expect(bench.vendor('beta').one(mirror).fields).toMatchObject({ Title: 'Bigger', Stage: 'B1' })
  })

  it('is deleted alone: the deal lives on, still hinders a claim, and the mirror is not made again', async () => {
    const { id, there, mirror } = await direct()
    bench.vendor('beta').erase(mirror)
    await bench.settle()
    bench.vendor('alpha').edit(there, { Title: 'Bigger' })
    await bench.settle()
    expect(bench.vendor('beta').of('deals')).toEqual([])
    expect(await bench.rows('select connection, gone from links where kind = $$deal$$ order by 1')).toEqual([
      { connection: 'alpha', gone: false },
      { connection: 'beta', gone: true },
    ])
    const row = await claim()
    expect(await bench.db.transaction((tx) => findRivals(tx, row, { aliases: [] }))).toMatchObject([
      { kind: 'direct-deal', otherId: id },
    ])
  })

  it('counts as no deal of its own, and is no rival of its own claim', async () => {
    const { id } = await direct()
    expect(await listDeals(bench.db, { limit: 10, after: null })).toHaveLength(1)
    expect((await readDeal(bench.db, id))?.systems).toMatchObject([
      { connection: 'alpha', object: 'deals', mirror: false },
      { connection: 'beta', object: 'deals', mirror: true },
    ])
    const row = await claim()
    expect(await bench.db.transaction((tx) => findRivals(tx, row, { aliases: [] }))).toHaveLength(1)
    // An approved claim's deal, held by both, stands against nobody as a direct one.
    await bench.rows(`update deals set registration_id = '${row.id}'`)
    const other = await claim({ company: 'Other', nameKey: 'other' })
    const rivals = await bench.db.transaction((tx) => findRivals(tx, other, { aliases: [] }))
    expect(rivals.filter(({ kind }) => kind === 'direct-deal')).toEqual([])
  })

  it.each([
    ['its parts', true, ['customer', 'sourcing']],
    ['its parts but for the customer, where the deal’s account says it', false, ['sourcing']],
  ])('is made of an approved claim’s deal with %s', async (_, customers, roles) => {
    await start({ alpha: false, beta: true }, customers)
    const partnerId = randomUUID()
    const managerId = randomUUID()
    await bench.db.transaction(async (tx) => {
      await insertRecords(tx, 'user', [{ id: managerId, values: { name: 'Ada' } }])
      await insertRecords(tx, 'partner', [{ id: partnerId, values: { name: 'North', managerId } }])
    })
    const row = await claim({ partnerId, amount: '5', currency: 'EUR' })
    const programme = { policy: policySchema.parse({}), systems: bench.systems, route: () => 'alpha' }
    await bench.db.transaction(async (tx) => {
      const [partner] = await tx.select().from(partners)
      await createDeal(tx, programme, row, partner, { home: 'alpha', protectedUntil: '2030-01-01T00:00:00.000Z' })
    })
    await bench.settle()
    for (const [name, stage, parts] of [
      ['alpha', 'A1', ['customer', 'sourcing']],
      ['beta', 'B1', roles],
    ] as const) {
      expect(bench.vendor(name).of('deals')).toMatchObject([{ fields: { Stage: stage, Home: 'alpha' } }])
      expect(
        bench
          .vendor(name)
          .of('parts')
          .map(({ fields }) => String(fields['Role']))
          .toSorted(),
      ).toEqual(parts)
      expect(bench.vendor(name).of('accounts')).toHaveLength(1)
    }
    expect(await bench.rows('select manager_id from deals')).toEqual([{ manager_id: managerId }])
  })
})

const move = (dealId: string, to: string) => moveHome(bench.db, bench.systems, { dealId, to, actor: 'key:1' })

describe('moving a deal', () => {
  it('turns mirror and original around: the new home’s edits count, the old one’s no more', async () => {
    const { id, there, mirror } = await direct()
    const runId = await move(id, 'beta')
    await bench.settle()
    expect([bench.vendor('alpha').one(there).fields['Home'], bench.vendor('beta').one(mirror).fields['Home']]).toEqual([
      'beta',
      'beta',
    ])
    bench.vendor('alpha').edit(there, { Title: 'Old home' })
    bench.vendor('beta').edit(mirror, { Amount: '20', Stage: 'B2', Status: 'won' })
    await bench.settle()
    expect(bench.vendor('alpha').one(there).fields).toMatchObject({ Title: 'Big', Amount: '20' })
    expect(await bench.rows('select name, amount::text, stage, status, home from deals')).toEqual([
      { name: 'Big', amount: '20.0000', stage: 'B2', status: 'won', home: 'beta' },
    ])
    expect(await bench.rows(`select kind, connection, state from runs where id = '${runId ?? ''}'`)).toEqual([
      { kind: 'move-home', connection: 'beta', state: 'done' },
    ])
    expect(
      await bench.rows(`select what, actor, detail ->> 'from' as "from", detail ->> 'to' as "to" from events`),
    ).toEqual([{ what: 'deal.moved', actor: 'key:1', from: 'alpha', to: 'beta' }])
    expect(
      await bench.rows(
        `select a.actor, a.run_id, v.before ->> 'home' as before, v.after ->> 'home' as after
         from audit a join audit_values v on v.audit_id = a.id where a.what = 'deal.home'`,
      ),
    ).toEqual([{ actor: 'key:1', run_id: runId, before: 'alpha', after: 'beta' }])
    expect(
      (
        await bench.rows<{ run_id: string }>(
          `select run_id from audit where what = 'write' and run_id = '${runId ?? ''}'`,
        )
      ).length,
    ).toBeGreaterThan(0)
  })

  it('makes the record where it was not, moves the claim along, and is done once', async () => {
    await start({ alpha: false, beta: false })
    const there = bench
      .vendor('alpha')
      .put('deals', { Title: 'Big', Amount: '1', Stage: 'A2', Status: 'open', AccountId: null })
    await bench.settle()
    const row = await claim({ state: 'approved', home: 'alpha', crmReference: there })
    const [deal] = await bench.rows<{ id: string }>(`update deals set registration_id = '${row.id}' returning id`)
    await bench.rows(`update registrations set deal_id = '${deal?.id ?? ''}'`)
    expect(await move(deal?.id ?? '', 'beta')).not.toBeNull()
    expect(await move(deal?.id ?? '', 'beta')).toBeNull()
    await bench.settle()
    expect(bench.vendor('beta').of('deals')).toMatchObject([{ fields: { Title: 'Big', Home: 'beta', Stage: 'B1' } }])
    expect(await bench.rows('select home, crm_reference from registrations')).toEqual([
      { home: 'beta', crm_reference: 'beta-1' },
    ])
    expect(await bench.rows(`select workflow_id from nudges where workflow_id = 'registration/${row.id}'`)).not.toEqual(
      [],
    )
    expect(await bench.rows('select count(*)::int as n from events')).toEqual([{ n: 1 }])
  })

  it.each([
    ['nowhere', 'an unknown connection'],
    ['portal', 'a portal'],
  ])('is refused with a code to %s, which is %s', async (to) => {
    const { id } = await direct()
    await expect(move(id, to)).rejects.toMatchObject({ code: 'CW_HOME_UNFIT' })
    await expect(move(randomUUID(), 'beta')).rejects.toMatchObject({ code: 'CW_NOT_FOUND' })
    expect(await bench.rows('select home from deals')).toEqual([{ home: 'alpha' }])
    expect(await bench.rows(`select * from runs where kind = 'move-home'`)).toEqual([])
  })

  it('is refused to a CRM that deleted its record', async () => {
    const { id, mirror } = await direct()
    bench.vendor('beta').erase(mirror)
    await bench.settle()
    await expect(move(id, 'beta')).rejects.toMatchObject({ code: 'CW_HOME_UNFIT' })
  })

  it('takes an edit of ours along that was on its way', async () => {
    const { id, mirror } = await direct()
    await bench.db.transaction(async (tx) => {
      await updateRecords(tx, 'deal', [{ id, values: { amount: '30' } }])
      await planWrites(tx, [id])
    })
    await move(id, 'beta')
    await bench.settle()
    expect(bench.vendor('beta').one(mirror).fields['Amount']).toBe('30')
  })
})
