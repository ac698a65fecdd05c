/** Two processes' worth of database pools that take the same newcomers in and decide the same proposals at once. */
import { afterEach, expect, it } from 'vitest'
import { applyPending } from '../../src/apply/apply.ts'
import { acceptMatch, rejectMatch } from '../../src/apply/decide-match.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { CausewayError } from '../../src/errors.ts'
import { storeRecords } from '../../src/intake/store.ts'
import { startBench, type Bench } from '../setup/bench.ts'
import { crm, portal, record } from './sides.ts'

let bench: Bench
afterEach(() => bench.close())

const ROUNDS = 10
const EACH = 12

it('gives every vendor record one link and every identity one record', { timeout: 240_000 }, async () => {
  bench = await startBench({ portal, alpha: crm, beta: crm })
  const second = openDatabase(bench.url, 6)
  const workers = [bench.db, second.db]
  const by = { actor: 'key:1', label: 'Ada' }
  const ends = { decided: 0, late: 0 }
  const decide = async (worker: (typeof workers)[number], id: string, accepts: boolean) => {
    try {
      await (accepts
        ? acceptMatch(worker, bench.systems, { id, recordId: undefined, by })
        : rejectMatch(worker, { id, by }))
      ends.decided += 1
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error
      ends.late += 1
    }
  }
  try {
    for (let round = 0; round < ROUNDS; round += 1) {
      const n = (i: number) => `${String(round)}x${String(i)}`
      const letters = (i: number) => String.fromCodePoint(97 + round, 97 + i)
      const range = Array.from({ length: EACH }, (_, i) => i)
      const companies = (side: string, at: number) =>
        range.flatMap((i) => [
          record('companies', `${side}${n(i)}`, at, {
            Name: `Co ${n(i)}`,
            Site: `co${n(i)}.com`,
            Country: null,
            Parent: null,
          }),
          record('companies', `${side}n${n(i)}`, at, {
            Name: `Same Name ${letters(i)}`,
            Site: null,
            Country: null,
            Parent: null,
          }),
          record('companies', `${side}p${n(i)}`, at, {
            Name: `Partner ${letters(i)}`,
            Site: `partner${n(i)}.com`,
            Type: 'Partner',
          }),
        ])
      const people = (side: string) =>
        range.map((i) =>
          record('people', `${side}${n(i)}`, 1, { Name: 'P', Mail: `p${n(i)}@mail.example`, Company: null }),
        )
      const users = (side: string) =>
        range.map((i) =>
          record('users', `${side}${n(i)}`, 1, { Name: 'U', Mail: `u${n(i)}@corp.example`, State: 'active' }),
        )
      for (const side of ['alpha', 'beta']) {
        await storeRecords(bench.db, side, [...companies(side, 1), ...people(side), ...users(side)])
        await storeRecords(bench.db, side, companies(side, 2))
        await storeRecords(
          bench.db,
          side,
          range.map((i) =>
            record('deals', `${side}${n(i)}`, 1, { Title: 'D', Company: `${side}${n(i)}`, Owner: `${side}${n(i)}` }),
          ),
        )
      }
      await storeRecords(
        bench.db,
        'portal',
        range.map((i) =>
          record('partners', n(i), 1, { name: `Partner ${letters(i)}`, email: null, site: `partner${n(i)}.com` }),
        ),
      )
      const open = await bench.rows<{ id: string }>(`select id::text from proposals where state = 'open' order by id`)
      await Promise.all([
        ...workers.flatMap((worker) =>
          [
            ['alpha', 'companies'],
            ['beta', 'companies'],
            ['alpha', 'people'],
            ['beta', 'people'],
            ['alpha', 'users'],
            ['beta', 'users'],
            ['alpha', 'deals'],
            ['beta', 'deals'],
            ['portal', 'partners'],
          ].map(([connection = '', object = '']) => applyPending(worker, bench.systems, connection, object)),
        ),
        ...workers.map(async (worker, place) => {
          for (const [i, { id }] of open.entries()) await decide(worker, id, (i + place) % 4 !== 0)
        }),
      ])
    }
    for (const [connection, object] of [
      ['alpha', 'companies'],
      ['beta', 'companies'],
    ] as const)
      await applyPending(bench.db, bench.systems, connection, object)
  } finally {
    await second.close()
  }
  const all = ROUNDS * EACH
  expect(
    await bench.rows(
      `select status, code, count(*)::int as n from changes where status not in ('applied', 'no-op') group by 1, 2`,
    ),
  ).toEqual([])
  expect(
    await bench.rows(`select l.connection, l.object, count(*)::int as n, count(distinct external_id)::int as ids from links l
      where external_id is not null group by 1, 2 order by 1, 2`),
  ).toEqual(
    ['alpha', 'beta']
      .flatMap((connection) => [
        { connection, object: 'companies', n: 3 * all, ids: 3 * all },
        { connection, object: 'deals', n: all, ids: all },
        { connection, object: 'people', n: all, ids: all },
        { connection, object: 'users', n: all, ids: all },
      ])
      .concat({ connection: 'portal', object: 'partners', n: all, ids: all }),
  )
  const doubled = await bench.rows(`
    select 'account' as kind, domain as key from accounts where domain is not null group by domain having count(*) > 1
    union all select 'partner', domain from partners where domain is not null group by domain having count(*) > 1
    union all select 'user', lower(email) from users group by 2 having count(*) > 1
    union all select 'contact', lower(email) from contacts group by 2 having count(*) > 1`)
  expect(doubled).toEqual([])
  expect(await bench.rows('select count(*)::int as n from partners')).toEqual([{ n: all }])
  expect(
    await bench.rows(`
      select l.kind from links l where not exists (select from accounts where id = l.record_id) and not exists (select from partners where id = l.record_id)
        and not exists (select from users where id = l.record_id) and not exists (select from contacts where id = l.record_id)
        and not exists (select from deals where id = l.record_id)`),
  ).toEqual([])
  // Accepted proposals of a name made one record of two; each was decided once.
  const [decided] = await bench.rows<{ n: number }>(
    `select count(*)::int as n from audit where what = 'link' and actor = 'key:1'`,
  )
  expect(decided?.n).toBe(ends.decided)
  expect(ends.decided).toBeGreaterThan(50)
  expect(ends.late).toBeGreaterThan(50)
  const [accounts] = await bench.rows<{ n: number; joined: number }>(
    `select count(*)::int as n, (select count(*)::int from proposals where state = 'accepted') as joined from accounts where domain is null`,
  )
  expect(accounts?.n).toBe(2 * all - (accounts?.joined ?? 0))
})

it('proposes companies of one name that two systems tell of at once, whoever is first', async () => {
  bench = await startBench({ portal, alpha: crm })
  const names = Array.from({ length: 8 }, (_, n) => `Hafen ${String.fromCodePoint(97 + n).repeat(6)}`)
  for (const [n, name] of names.entries()) {
    await storeRecords(bench.db, 'portal', [record('partners', `p${String(n)}`, 1, { name, email: null, site: null })])
    await storeRecords(bench.db, 'alpha', [
      record('companies', `c${String(n)}`, 1, { Name: `${name} GmbH`, Site: null, Country: null, Parent: null }),
    ])
    await Promise.all([
      applyPending(bench.db, bench.systems, 'portal', 'partners'),
      applyPending(bench.db, bench.systems, 'alpha', 'companies'),
    ])
  }
  expect(await bench.rows(`select external_id from proposals where state = 'open'`)).toHaveLength(names.length)
})
