/** A person's word on who is who: accept, reject, relink, split; nothing that referred to a record is lost. */
import { afterEach, describe, expect, it } from 'vitest'
import { acceptMatch, rejectMatch, relink, split } from '../../src/apply/decide-match.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { crm, endings, portal, record, recordOf, take } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

const by = { actor: 'key:1', label: 'Ada' }
const company = (id: string, at: number, Name: string, more: Record<string, string | null> = {}) =>
  record('companies', id, at, { Name, Site: null, Country: null, Parent: null, ...more })
const openIds = async () =>
  (await bench.rows<{ id: string }>(`select id::text from proposals where state = 'open' order by external_id`)).map(
    ({ id }) => id,
  )
const onlyProposal = async () => {
  const [id, ...more] = await openIds()
  if (id === undefined || more.length > 0) throw new Error('expected one open proposal')
  return id
}
const linkOf = async (connection: string, externalId: string) => {
  const [row] = await bench.rows<{ id: string }>(
    `select id::text from links where connection = '${connection}' and external_id = '${externalId}'`,
  )
  return row?.id ?? ''
}
const accept = async (recordId?: string) =>
  acceptMatch(bench.db, bench.systems, { id: await onlyProposal(), recordId, by })
/** Nothing in the ledger or beside it refers to a record that is none. */
const dangling = () =>
  bench.rows(`
    select 'parent' as what from accounts a where parent_id is not null and not exists (select from accounts p where p.id = a.parent_id)
    union all select 'identity' from identities i where kind = 'account' and not exists (select from accounts a where a.id = i.record_id)
    union all select 'identity' from identities i where kind = 'partner' and not exists (select from partners a where a.id = i.record_id)
    union all select 'link' from links l where kind = 'account' and not exists (select from accounts a where a.id = l.record_id)
    union all select 'link' from links l where kind = 'partner' and not exists (select from partners a where a.id = l.record_id)
    union all select 'link' from links l where kind = 'deal' and not exists (select from deals a where a.id = l.record_id)`)

describe('accepting', () => {
  it('makes two accounts one: the references move, the other CRM’s data flow, the audit tells who said so', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen AG', { Country: 'DE' }), company('ap', 1, 'Mother')])
    await take(bench, 'beta', [company('b1', 2, 'Hafen', { Site: 'hafen.com' })])
    await take(bench, 'beta', [company('kid', 2, 'Werft', { Parent: 'b1' })])
    await take(bench, 'beta', [record('deals', 'd1', 2, { Title: 'D', Company: 'b1' })])
    const [known, other] = [await recordOf(bench, 'alpha', 'a1'), await recordOf(bench, 'beta', 'b1')]
    expect(await accept()).toMatchObject({ from: other, to: known, retired: true })
    expect(await recordOf(bench, 'beta', 'b1')).toBe(known)
    expect(await bench.rows(`select account_id::text as id from deals`)).toEqual([{ id: known }])
    expect(await bench.rows(`select parent_id::text as id from accounts where name = 'Werft'`)).toEqual([{ id: known }])
    expect(await bench.rows(`select record_id::text as id from identities where value = 'hafen.com'`)).toEqual([
      { id: known },
    ])
    // The vendor's record comes in once more, by the road of every change.
    await take(bench, 'beta', [company('b1', 2, 'Hafen', { Site: 'hafen.com' })])
    expect(await bench.rows(`select domain, country from accounts where id = '${known}'`)).toEqual([
      { domain: 'hafen.com', country: 'DE' },
    ])
    expect(await dangling()).toEqual([])
    expect(
      await bench.rows(
        `select what, actor, rule, record_id::text as record, detail ->> 'from' as from from audit where what = 'link'`,
      ),
    ).toEqual([{ what: 'link', actor: 'key:1', rule: 'match.accepted', record: known, from: other }])
    await expect(
      acceptMatch(bench.db, bench.systems, {
        id: (await bench.rows<{ id: string }>('select id::text from proposals'))[0]?.id ?? '',
        recordId: undefined,
        by,
      }),
    ).rejects.toMatchObject({
      code: 'CW_MATCH_DECIDED',
      detail: { decidedBy: 'Ada' },
    })
  })

  it('lets a planned partner be the company that the CRM keeps, without a second one', async () => {
    bench = await startBench({ portal, alpha: crm })
    bench.vendor('alpha').put('companies', { Name: 'Nord', Site: null, Type: 'Partner', Mail: null }, null, 'c1')
    bench.vendor('portal').put('partners', { name: 'Nord GmbH', email: null, site: null }, null, 'p1')
    await bench.settle()
    expect(await bench.rows(`select code from writes where status = 'parked'`)).toEqual([{ code: 'CW_MATCH_PROPOSED' }])
    await accept()
    await bench.settle()
    expect(bench.vendor('alpha').created).toBe(0)
    expect(bench.vendor('alpha').of('companies')).toHaveLength(1)
    expect(await recordOf(bench, 'alpha', 'c1')).toBe(await recordOf(bench, 'portal', 'p1'))
    expect(await bench.rows('select count(*)::int as n from partners')).toEqual([{ n: 1 }])
    expect(await bench.rows(`select count(*)::int as n from writes where status <> 'done'`)).toEqual([{ n: 0 }])
    expect(await dangling()).toEqual([])
  })

  it('turns a plain account into the partner: its type is written, and its deals keep their account', async () => {
    bench = await startBench({ portal, alpha: crm })
    const alpha = bench.vendor('alpha')
    alpha.put('companies', { Name: 'Nord', Site: 'nord.com', Type: 'Customer' }, null, 'c1')
    alpha.put('deals', { Title: 'Own use', Company: 'c1' }, null, 'd1')
    bench.vendor('portal').put('partners', { name: 'Nord GmbH', email: 'x@nord.com', site: null }, null, 'p1')
    await bench.settle()
    expect(alpha.created).toBe(0)
    await accept()
    await bench.settle()
    expect(alpha.created).toBe(0)
    expect(alpha.one('c1').fields).toMatchObject({ Type: 'Partner', Site: 'nord.com' })
    expect(alpha.one('d1').fields['Company']).toBe('c1')
    expect(await bench.rows(`select kind from links where external_id = 'c1'`)).toEqual([{ kind: 'partner' }])
    expect(await bench.rows(`select a.name from deals d join accounts a on a.id = d.account_id`)).toEqual([
      { name: 'Nord' },
    ])
    // Nothing that refers to the account asks for a second company there.
    alpha.edit('d1', { Title: 'Own use 2' })
    await bench.settle()
    expect(alpha.created).toBe(0)
    expect(await dangling()).toEqual([])
  })

  it('cuts the circle of parents that two accounts would close by becoming one', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen'), company('mid', 1, 'Mid', { Site: 'mid.com', Parent: 'a1' })])
    await take(bench, 'beta', [
      company('bm', 1, 'Mid', { Site: 'mid.com' }),
      company('b1', 1, 'Hafen', { Parent: 'bm' }),
    ])
    await accept(await recordOf(bench, 'alpha', 'a1'))
    expect(
      await bench.rows(`
        with recursive up as (select id, parent_id, 1 as n from accounts union all
          select up.id, a.parent_id, n + 1 from up join accounts a on a.id = up.parent_id where n < 9)
        select count(*)::int as n from up where n > 5`),
    ).toEqual([{ n: 0 }])
    expect(await dangling()).toEqual([])
  })

  it('is refused where the record has a vendor record there by now', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen', { Site: null })])
    await take(bench, 'beta', [company('b1', 1, 'Hafen'), company('b2', 1, 'Hafen')])
    const [first, second] = await openIds()
    await acceptMatch(bench.db, bench.systems, { id: first ?? '', recordId: undefined, by })
    await expect(
      acceptMatch(bench.db, bench.systems, { id: second ?? '', recordId: undefined, by }),
    ).rejects.toMatchObject({
      code: 'CW_MATCH_DECIDED',
    })
    await expect(
      relink(bench.db, bench.systems, {
        linkId: await linkOf('beta', 'b2'),
        recordId: await recordOf(bench, 'alpha', 'a1'),
        by,
      }),
    ).rejects.toMatchObject({ code: 'CW_LINK_TAKEN', detail: { existing: 'b1' } })
  })
})

it('rejecting lets the waiting record be made, and the pair is never proposed again', async () => {
  bench = await startBench({ portal, alpha: crm })
  bench.vendor('alpha').put('companies', { Name: 'Nord', Site: null, Type: 'Customer' }, null, 'c1')
  bench.vendor('portal').put('partners', { name: 'Nord GmbH', email: null, site: null }, null, 'p1')
  await bench.settle()
  expect(bench.vendor('alpha').created).toBe(0)
  await rejectMatch(bench.db, { id: await onlyProposal(), by })
  await bench.settle()
  expect(bench.vendor('alpha').created).toBe(1)
  bench.vendor('alpha').edit('c1', { Name: 'Nord SE' })
  await bench.settle()
  expect(await openIds()).toEqual([])
  expect(await bench.rows(`select rule, actor from audit where what = 'link'`)).toEqual([
    { rule: 'match.rejected', actor: 'key:1' },
  ])
})

describe('relinking', () => {
  it('keeps the record that stands elsewhere still, and moves exactly what came by the vendor record', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    const hafen = { Site: 'hafen.com' }
    await take(bench, 'alpha', [company('a1', 1, 'Hafen', hafen), company('a2', 1, 'Werft', { Site: 'werft.com' })])
    await take(bench, 'beta', [company('b1', 1, 'Hafen', hafen)])
    await take(bench, 'alpha', [record('deals', 'da', 1, { Title: 'A', Company: 'a1' })])
    await take(bench, 'beta', [record('deals', 'db', 1, { Title: 'B', Company: 'b1' })])
    const [one, two] = [await recordOf(bench, 'alpha', 'a1'), await recordOf(bench, 'alpha', 'a2')]
    expect(await recordOf(bench, 'beta', 'b1')).toBe(one)
    const done = await relink(bench.db, bench.systems, { linkId: await linkOf('beta', 'b1'), recordId: two, by })
    expect(done).toMatchObject({ from: one, to: two, retired: false })
    expect(await bench.rows(`select name, account_id::text as account from deals order by 1`)).toEqual([
      { name: 'A', account: one },
      { name: 'B', account: two },
    ])
    expect(await dangling()).toEqual([])
  })

  it('makes a deal of the CRM’s people the registered one', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('deals', 'd1', 1, { Title: 'Direct' })])
    const direct = await recordOf(bench, 'alpha', 'd1')
    const [made] = await bench.rows<{ id: string }>(
      `insert into deals (name, home, registration_status) values ('Registered', 'alpha', 'approved') returning id::text`,
    )
    const [party] = await bench.rows<{ id: string }>(
      `insert into parties (deal_id, role) values ('${direct}', 'customer') returning id::text`,
    )
    await relink(bench.db, bench.systems, { linkId: await linkOf('alpha', 'd1'), recordId: made?.id ?? '', by })
    expect(await bench.rows(`select id::text, deal_id::text as deal from parties`)).toEqual([
      { id: party?.id, deal: made?.id },
    ])
    expect(await bench.rows(`select id::text from deals`)).toEqual([{ id: made?.id }])
  })
})

describe('splitting', () => {
  it('gives the vendor record a record of its own with what it said, and what it brought follows', async () => {
    bench = await startBench({ alpha: crm, beta: crm })
    await take(bench, 'alpha', [company('a1', 1, 'Hafen', { Site: 'hafen.com', Country: 'DE' })])
    await take(bench, 'beta', [company('b1', 2, 'Hafen US', { Site: 'hafen.com', Country: 'US' })])
    await take(bench, 'alpha', [record('deals', 'da', 1, { Title: 'A', Company: 'a1' })])
    await take(bench, 'beta', [record('deals', 'db', 1, { Title: 'B', Company: 'b1' })])
    const one = await recordOf(bench, 'alpha', 'a1')
    const done = await split(bench.db, bench.systems, { linkId: await linkOf('beta', 'b1'), by })
    expect(done).toMatchObject({ from: one, retired: false })
    expect(await bench.rows(`select name, country from accounts where id = '${done.to}'`)).toEqual([
      { name: 'Hafen US', country: 'US' },
    ])
    expect(await bench.rows(`select name, account_id::text as account from deals order by 1`)).toEqual([
      { name: 'A', account: one },
      { name: 'B', account: done.to },
    ])
    await take(bench, 'beta', [company('b1', 3, 'Hafen US 2', { Site: 'hafen.com', Country: 'US' })])
    expect(await recordOf(bench, 'beta', 'b1')).toBe(done.to)
    expect(await openIds()).toEqual([])
    expect(await dangling()).toEqual([])
    // And back again.
    await relink(bench.db, bench.systems, { linkId: await linkOf('beta', 'b1'), recordId: one, by })
    expect(await bench.rows(`select count(*)::int as n from accounts`)).toEqual([{ n: 1 }])
    expect(await bench.rows(`select rule from audit where what = 'link' order by at, id`)).toEqual([
      { rule: 'split' },
      { rule: 'relinked' },
    ])
  })
})

it('makes the two records of a merge at the vendor one when a person says so', async () => {
  bench = await startBench({ alpha: crm })
  await take(bench, 'alpha', [company('a', 1, 'A'), company('b', 1, 'B')])
  await take(bench, 'alpha', [record('deals', 'd', 1, { Title: 'D', Company: 'a' })])
  await take(bench, 'alpha', [
    record('companies', 'a', 2, {}, { mergedInto: 'b', deleted: true }),
    company('b', 2, 'B with A'),
  ])
  expect(await bench.rows(`select candidates -> 0 -> 'why' as why from proposals`)).toEqual([{ why: ['merged-there'] }])
  await accept()
  await take(bench, 'alpha', [company('b', 3, 'B in the end')])
  expect(await bench.rows('select name from accounts')).toEqual([{ name: 'B in the end' }])
  await take(bench, 'alpha', [record('deals', 'e', 3, { Title: 'E', Company: 'a' })])
  expect(await bench.rows('select count(*)::int as n from deals d join accounts a on a.id = d.account_id')).toEqual([
    { n: 2 },
  ])
  expect(await dangling()).toEqual([])
})

it('gives a record that was made anew its place, though the new one was told before the old one’s end', async () => {
  bench = await startBench({ alpha: crm })
  await take(bench, 'alpha', [company('old', 1, 'Acme', { Site: 'acme.com', Country: 'DE' })])
  const acme = await recordOf(bench, 'alpha', 'old')
  await take(bench, 'alpha', [company('new', 3, 'Acme', { Site: 'acme.com' })])
  expect(await recordOf(bench, 'alpha', 'new')).not.toBe(acme)
  await take(bench, 'alpha', [record('companies', 'old', 2, {}, { deleted: true })])
  expect(await recordOf(bench, 'alpha', 'new')).toBe(acme)
  expect(await bench.rows('select name, country from accounts')).toEqual([{ name: 'Acme', country: 'DE' }])
  expect(await bench.rows(`select rule, actor from audit where what = 'link'`)).toEqual([
    { rule: 'made-anew', actor: 'system' },
  ])
  expect((await endings(bench)).filter((end) => !end.endsWith('applied') && !end.endsWith('no-op'))).toEqual([])
  expect(await dangling()).toEqual([])
})
