/** First sight of companies that may be known: what is certain is linked, what is not is proposed, and nothing is made twice. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Candidate } from '../../src/db/schema/index.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { crm, portal, record, recordOf, take } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

interface Proposed extends Record<string, unknown> {
  connection: string
  id: string
  kind: string
  state: string
  candidates: Candidate[]
}
const proposals = () =>
  bench.rows<Proposed>(
    'select connection, external_id as id, kind, state, candidates from proposals order by connection, external_id',
  )
const company = (id: string, at: number, Name: string, more: Record<string, string | null> = {}) =>
  record('companies', id, at, { Name, Site: null, Country: null, ...more })

describe('an account that another CRM holds', () => {
  it('is linked by its domain, proposed by its name, and new otherwise; all are taken in at once', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [
      company('a1', 1, 'Hafen AG', { Site: 'hafen.com' }),
      company('a2', 1, 'Brueckner Logistik'),
      company('a3', 1, 'Nordlicht'),
    ])
    await take(bench, 'beta', [
      company('b1', 2, 'Port Company', { Site: 'www.hafen.com' }),
      company('b2', 2, 'Brückner Logistik GmbH'),
      company('b3', 2, 'Suedwind'),
    ])
    expect(await recordOf(bench, 'beta', 'b1')).toBe(await recordOf(bench, 'alpha', 'a1'))
    expect(await proposals()).toMatchObject([
      {
        connection: 'beta',
        id: 'b2',
        state: 'open',
        candidates: [{ recordId: await recordOf(bench, 'alpha', 'a2'), why: ['name'] }],
      },
    ])
    expect(await bench.rows('select count(*)::int as n from accounts')).toEqual([{ n: 5 }])
  })

  it('is not proposed within one CRM, whose duplicates are its people’s, nor twice', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen AG'), company('a2', 1, 'Hafen GmbH')])
    expect(await proposals()).toEqual([])
    await take(bench, 'beta', [company('b1', 1, 'Hafen')])
    expect(await proposals()).toMatchObject([{ id: 'b1', candidates: [{ score: 100 }, { score: 100 }] }])
    await take(bench, 'beta', [company('b1', 2, 'Hafen SE')])
    await take(bench, 'alpha', [company('a1', 2, 'Hafen AG, Hamburg')])
    expect(await proposals()).toHaveLength(1)
  })

  it('is void as a proposal when the vendor record goes, or the candidate is found for certain', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen', { Site: 'hafen.com' }), company('a2', 1, 'Nordlicht')])
    await take(bench, 'beta', [company('b1', 1, 'Hafen'), company('b2', 1, 'Nordlicht')])
    expect((await proposals()).map(({ state }) => state)).toEqual(['open', 'open'])
    await take(bench, 'beta', [company('b3', 2, 'Hafen 3', { Site: 'hafen.com' })])
    await take(bench, 'beta', [record('companies', 'b2', 2, {}, { deleted: true })])
    expect((await proposals()).map(({ state }) => state)).toEqual(['overtaken', 'overtaken'])
  })
})

describe('a partner of the portal that the CRM’s people keep already', () => {
  it('as a partner: the proposal is made whichever is read first, and no second company is made meanwhile', async () => {
    for (const first of ['crm', 'portal']) {
      bench = await startBench({ portal, alpha: crm })
      const inCrm = async () => {
        bench
          .vendor('alpha')
          .put('companies', { Name: 'Nord Partners', Site: null, Type: 'Partner', Mail: null }, null, 'c1')
        while ((await bench.pull('alpha', 'companies')).waitMs === 0);
      }
      if (first === 'crm') await inCrm()
      bench.vendor('portal').put('partners', { name: 'Nord Partners GmbH', email: null, site: null }, null, 'p1')
      while ((await bench.pull('portal', 'partners')).waitMs === 0);
      if (first === 'portal') await inCrm()
      await bench.settle()
      expect(bench.vendor('alpha').created).toBe(0)
      expect(await proposals()).toMatchObject([{ state: 'open', kind: 'partner', candidates: [{ score: 96 }] }])
      expect(
        await bench.rows(`select status, code from writes w join links l on l.id = link_id where external_id is null`),
      ).toEqual([{ status: 'parked', code: 'CW_MATCH_PROPOSED' }])
      if (first === 'crm') await bench.close()
    }
  })

  it('as a plain account: it is proposed as that partner, by name or by the domain of its address', async () => {
    bench = await startBench({ portal, alpha: crm })
    bench.vendor('alpha').put('companies', { Name: 'Nord', Site: 'nord.com', Type: 'Prospect' }, null, 'c1')
    bench.vendor('alpha').put('companies', { Name: 'Hafen Consulting', Site: null, Type: 'Customer' }, null, 'c2')
    bench
      .vendor('alpha')
      .put('companies', { Name: 'Hafen Consulting West', Site: 'west.com', Type: 'Customer' }, null, 'c3')
    bench.vendor('portal').put('partners', { name: 'Zentrum', email: 'desk@nord.com', site: null }, null, 'p1')
    bench.vendor('portal').put('partners', { name: 'Hafen Consulting AG', email: null, site: null }, null, 'p2')
    bench.vendor('portal').put('partners', { name: 'Ost', email: 'x@gmail.com', site: null }, null, 'p3')
    await bench.settle()
    expect(bench.vendor('alpha').created).toBe(1) // Ost
    expect((await proposals()).map(({ id, kind, candidates }) => [id, kind, candidates[0]?.why])).toEqual([
      ['c1', 'account', ['email-domain']],
      ['c2', 'account', ['name']],
      ['c3', 'account', ['longer-name']],
    ])
    // What refers to the partner waits with it, and everything else goes on.
    expect(
      bench
        .vendor('alpha')
        .of('companies')
        .map(({ fields }) => fields['Name']),
    ).toContain('Ost')
  })
})

it('holds back a customer’s account that the CRM keeps under its name alone, and the deal with it', async () => {
  bench = await startBench({ portal, alpha: crm })
  bench.vendor('alpha').put('companies', { Name: 'Hafen', Site: null, Type: 'Customer' }, null, 'c1')
  while ((await bench.pull('alpha', 'companies')).waitMs === 0);
  const { createDeal } = await import('../../src/process/create-deal.ts')
  const { registrations } = await import('../../src/db/schema/index.ts')
  const { policySchema } = await import('../../src/domain/policy/policy.ts')
  const [claim] = await bench.db.insert(registrations).values({ company: 'Hafen AG', domain: 'hafen.com' }).returning()
  if (claim === undefined) throw new Error('no claim')
  const programme = { policy: policySchema.parse({}), systems: bench.systems, route: () => 'alpha' }
  await bench.db.transaction((tx) =>
    createDeal(tx, programme, claim, undefined, { home: 'alpha', protectedUntil: '2027-01-01T00:00:00.000Z' }),
  )
  await bench.settle()
  expect(bench.vendor('alpha').created).toBe(0)
  expect(await bench.rows(`select kind, code from writes w join links l on l.id = link_id order by 1`)).toEqual([
    { kind: 'account', code: 'CW_MATCH_PROPOSED' },
    { kind: 'deal', code: 'CW_PARENT_PARKED' },
  ])
})
