/** What vendors do to ids: merges in any order, their undoing, records made anew. */
import * as fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { planLinks } from '../../src/db/outbox.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { crm, endings, record, recordOf, take } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

const name = (n: string) => ({ Name: n, Site: null })
const merged = (id: string, into: string, at: number | null = null, deleted = false) =>
  record(
    'companies',
    id,
    at ?? 0,
    {},
    {
      mergedInto: into,
      deleted,
      ...(at === null ? { modifiedAt: null, version: `merged into ${into}` } : {}),
    },
  )
/** Which account a deal that names this vendor id has. */
async function accountOf(id: string): Promise<string | null> {
  await take(bench, 'alpha', [record('deals', `of ${id}`, 90, { Title: id, Company: id })])
  const [row] = await bench.rows<{ name: string | null }>(
    `select a.name from deals d left join accounts a on a.id = d.account_id where d.name = '${id}'`,
  )
  return row?.name ?? null
}

describe('a chain of merges', () => {
  it('leads from every id to the last one, in whatever order and pages it is told', { timeout: 120_000 }, async () => {
    // a→b→c→d by master ids, and the same told as "all into the newest" the way of a vendor with new ids.
    const links = [
      [
        ['a', 'b'],
        ['b', 'c'],
        ['c', 'd'],
      ],
      [
        ['a', 'd'],
        ['b', 'd'],
        ['c', 'd'],
      ],
      [
        ['a', 'b'],
        ['a', 'c'],
        ['b', 'c'],
        ['a', 'd'],
        ['b', 'd'],
        ['c', 'd'],
      ],
    ] as const
    bench = await startBench({ alpha: crm })
    let round = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...links).chain((told) => fc.shuffledSubarray([...told], { minLength: told.length })),
        fc.boolean(),
        fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }),
        async (told, inOnePage, known) => {
          round += 1
          const at = (id: string) => `${id}${String(round)}`
          await take(
            bench,
            'alpha',
            known.map((id) => record('companies', at(id), 1, name(at(id)))),
          )
          const changes = told.map(([loser, winner]) => merged(at(loser), at(winner)))
          for (const page of inOnePage ? [changes] : changes.map((change) => [change])) await take(bench, 'alpha', page)
          await take(bench, 'alpha', [record('companies', at('d'), 5, name(`last ${String(round)}`))])
          for (const id of known) expect(await accountOf(at(id))).toBe(`last ${String(round)}`)
          expect(
            await bench.rows(
              `select external_id from links where object = 'companies' and not gone and external_id like '_${String(round)}'`,
            ),
          ).toEqual([{ external_id: at('d') }])
        },
      ),
      { numRuns: 25, seed: 7 },
    )
    expect((await endings(bench)).filter((end) => end.includes('parked'))).toEqual([])
  })

  it('never takes the loser’s own delete for the winner’s', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'a', 1, name('A')), record('companies', 'b', 1, name('B'))])
    await take(bench, 'alpha', [merged('a', 'b')])
    await take(bench, 'alpha', [record('companies', 'a', 9, {}, { deleted: true })])
    expect(await bench.rows(`select gone from links where external_id = 'b'`)).toEqual([{ gone: false }])
  })
})

describe('a merge of two records of ours', () => {
  it('lets the survivor’s data flow and what referred to the loser be written with the winner’s id', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'a', 1, name('A')), record('companies', 'b', 1, name('B'))])
    await take(bench, 'alpha', [record('deals', 'd', 1, { Title: 'D', Company: 'a' })])
    await take(bench, 'alpha', [merged('a', 'b', 2, true), record('companies', 'b', 2, name('B and A'))])
    expect(await bench.rows('select name from accounts order by 1')).toEqual([{ name: 'A' }, { name: 'B and A' }])
    const [dealLink] = await bench.rows<{ id: string }>(`select id from links where object = 'deals'`)
    // The deal that the vendor moved along with the merge needs no writing; its account is still the one it was made for.
    await take(bench, 'alpha', [record('deals', 'd', 3, { Title: 'D2', Company: 'b' })])
    await bench.db.transaction((tx) => planLinks(tx, [dealLink?.id ?? '']))
    await bench.drain('alpha')
    expect(bench.vendor('alpha').count('write')).toBe(0)
    expect(await bench.rows(`select status, detail from writes`)).toEqual([{ status: 'done', detail: null }])
  })

  it('is undone when the loser is restored: each is itself again', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'a', 1, name('A')), record('companies', 'b', 1, name('B'))])
    const [a, b] = [await recordOf(bench, 'alpha', 'a'), await recordOf(bench, 'alpha', 'b')]
    await take(bench, 'alpha', [merged('a', 'b', 2, true)])
    // A list that lags behind still shows it as it was: that undoes nothing.
    await take(bench, 'alpha', [record('companies', 'a', 1.5, name('A late'))])
    expect((await endings(bench)).at(-1)).toBe('a no-op')
    await take(bench, 'alpha', [record('companies', 'a', 3, name('A again'))])
    expect(await recordOf(bench, 'alpha', 'a')).toBe(a)
    expect(await recordOf(bench, 'alpha', 'b')).toBe(b)
    expect(await bench.rows('select name from accounts order by 1')).toEqual([{ name: 'A again' }, { name: 'B' }])
    // And merged once more, and restored in one page.
    await take(bench, 'alpha', [merged('a', 'b', 4, true), record('companies', 'a', 5, name('A for good'))])
    expect(await bench.rows('select name from accounts order by 1')).toEqual([{ name: 'A for good' }, { name: 'B' }])
  })

  it('that is undone where the winner was not known makes the loser a record of its own', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'a', 1, name('A'))])
    await take(bench, 'alpha', [merged('a', 'c', 2, true), record('companies', 'c', 2, name('C'))])
    await take(bench, 'alpha', [record('deals', 'd', 3, { Title: 'D', Company: 'a' })])
    await take(bench, 'alpha', [record('companies', 'a', 4, name('A again'))])
    expect(await bench.rows('select name from accounts order by 1')).toEqual([{ name: 'A again' }, { name: 'C' }])
    expect(await accountOf('a')).toBe('A again')
    expect((await endings(bench)).filter((end) => end.includes('parked'))).toEqual([])
  })
})

describe('a record that was deleted and made anew under another id', () => {
  const acme = { Name: 'Acme', Site: 'acme.com', Country: 'DE' }

  it('is recognised by its domain, keeps what refers to it, and its gaps erase nothing', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'old', 5, acme)])
    await take(bench, 'alpha', [record('deals', 'd', 5, { Title: 'D', Company: 'old' })])
    await take(bench, 'alpha', [record('companies', 'old', 9, {}, { deleted: true })])
    await take(bench, 'alpha', [record('companies', 'new', 7, { ...acme, Country: null })])
    expect(await bench.rows('select name, country from accounts')).toEqual([{ name: 'Acme', country: 'DE' }])
    expect((await endings(bench)).at(-1)).toBe('new applied')
    expect(await bench.rows('select count(*)::int as n from deals d join accounts a on a.id = d.account_id')).toEqual([
      { n: 1 },
    ])
  })

  it('is recognised by our key on it', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'old', 1, name('Acme'))])
    const key = await recordOf(bench, 'alpha', 'old')
    await take(bench, 'alpha', [record('companies', 'old', 2, {}, { deleted: true })])
    await take(bench, 'alpha', [record('companies', 'new', 3, name('Acme again'), { key })])
    expect(await recordOf(bench, 'alpha', 'new')).toBe(key)
    expect(await bench.rows('select name from accounts')).toEqual([{ name: 'Acme again' }])
  })

  it('is matched anew when its link was forgotten', async () => {
    bench = await startBench({ alpha: crm })
    await take(bench, 'alpha', [record('companies', 'old', 1, acme)])
    const account = await recordOf(bench, 'alpha', 'old')
    await bench.db.execute('delete from shadows')
    await bench.db.execute('delete from links')
    await take(bench, 'alpha', [record('companies', 'new', 2, acme)])
    expect(await recordOf(bench, 'alpha', 'new')).toBe(account)
    expect(await bench.rows('select count(*)::int as n from accounts')).toEqual([{ n: 1 }])
  })
})
