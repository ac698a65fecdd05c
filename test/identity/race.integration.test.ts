/** Workers that take the same newcomers in, decide the same proposals and send the same writes at once: pools of one process, and processes. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { afterEach, expect, it } from 'vitest'
import { z } from 'zod'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { applyPending } from '../../src/apply/apply.ts'
import { acceptMatch, rejectMatch } from '../../src/apply/decide-match.ts'
import { openDatabase } from '../../src/db/connection.ts'
import { knowConnections } from '../../src/db/connections.ts'
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

const didSchema = z.object({ applied: z.number(), written: z.number() })
const orgSchema = z.object({
  objects: z.object({ Account: z.array(z.unknown()), Contact: z.array(z.looseObject({ Email: z.string() })) }),
})

it('makes one record of each newcomer that two processes read of two orgs at once, and one of it where it lacks', async () => {
  bench = await startBench({})
  const orgs = [await startOrg(), await startOrg()]
  await knowConnections(
    bench.db,
    orgs.map((_, n) => ({ name: `org${String(n)}`, mode: 'live' })),
  )
  // Each begins with another org.
  const named = orgs.map(({ url }, n) => `org${String(n)}=${url}`)
  const children = [named, named.toReversed()].map((given) =>
    fork(new URL('./race.child.ts', import.meta.url), [bench.url, ...given]),
  )
  const [rounds, each] = [2, 30]
  try {
    await Promise.all(children.map(tells))
    for (let round = 0; round < rounds; round += 1) {
      for (const [n, { sandbox }] of orgs.entries()) {
        const accounts = Array.from({ length: each }, (_, i) => {
          const name = `partner-${String(round)}-${String(i)}`
          return { Name: name, Type: 'Partner', Website: `${name}.com` }
        })
        const made = z.object({ accounts: z.array(z.string()) }).parse(await sandbox.control.seed({ accounts }))
        // One whom both orgs know, and one whom only this one does.
        const records = made.accounts.flatMap((AccountId, i) =>
          ['both', `only${String(n)}`].map((who) => {
            const Email = `${who}@partner-${String(round)}-${String(i)}.com`
            return { object: 'Contact', fields: { FirstName: 'P', LastName: who, AccountId, Email } }
          }),
        )
        await sandbox.control.seed({ records })
        await sandbox.control.clock.advance(2000)
      }
      for (const phase of ['read', 'send', 'read', 'send']) {
        await bench.age()
        await atOnce(children, phase)
      }
    }
    const did = await atOnce(children, 'read')
    const all = rounds * each
    expect(await bench.rows(`select status, code from changes where status not in ('applied', 'no-op')`)).toEqual([])
    expect(
      await bench.rows(`select (select count(*) from partners)::int as partners, (select count(*) from contacts)::int as contacts,
        (select count(distinct lower(email)) from contacts)::int as addresses`),
    ).toEqual([{ partners: all, contacts: 3 * all, addresses: 3 * all }])
    expect(
      await bench.rows(`select connection, object, count(*)::int as n, count(distinct external_id)::int as theirs, count(distinct record_id)::int as ours
        from links where object in ('Account', 'Contact') group by 1, 2 order by 1, 2`),
    ).toEqual(
      ['org0', 'org1'].flatMap((connection) => [
        { connection, object: 'Account', n: all, theirs: all, ours: all },
        { connection, object: 'Contact', n: 3 * all, theirs: 3 * all, ours: 3 * all },
      ]),
    )
    expect(
      await bench.rows(`select connection, count(*)::int as n, count(distinct record_id)::int as ours
        from audit where what = 'write' and created group by 1 order by 1`),
    ).toEqual(['org0', 'org1'].map((connection) => ({ connection, n: all, ours: all })))
    expect(await bench.rows(`select status, code from writes where status <> 'done'`)).toEqual([])
    for (const { sandbox } of orgs) {
      const { Account, Contact } = orgSchema.parse(await sandbox.control.state()).objects
      expect([Account.length, Contact.length]).toEqual([all, 3 * all])
      expect(new Set(Contact.map(({ Email }) => Email)).size).toBe(3 * all)
    }
    // Both had a hand in it.
    for (const { applied, written } of did) expect(applied + written).toBeGreaterThan(0)
  } finally {
    for (const child of children) child.kill('SIGKILL')
    for (const org of orgs) await org.close()
  }
}, 240_000)

/** Lets all do one thing together; answers what each did itself so far. */
async function atOnce(children: ChildProcess[], phase: string): Promise<z.output<typeof didSchema>[]> {
  const told = children.map(tells)
  for (const child of children) child.send(phase)
  return (await Promise.all(told)).map((did) => didSchema.parse(did))
}

async function tells(child: ChildProcess): Promise<unknown> {
  const told: unknown[] = await once(child, 'message', { signal: AbortSignal.timeout(60_000) })
  return told[0]
}
