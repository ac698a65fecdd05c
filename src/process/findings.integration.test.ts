import { randomUUID } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { asPartner, type Tx } from '../db/connection.ts'
import {
  accountOverlaps,
  accounts,
  conflictFacts,
  conflicts,
  deals,
  leads,
  links,
  namedAccounts,
} from '../db/schema/index.ts'
import { companyKeys } from '../domain/identity.ts'
import { isCertain } from '../domain/matching/reasons.ts'
import { findRivals } from './findings.ts'
import { importConflicts } from './import-conflicts.ts'
import { lapsedBefore } from './registered-again.ts'
import { automatic, one, startRig, type Rig } from './rig.test-support.ts'

let rig: Rig
let nord: string
let sued: string
beforeAll(async () => {
  rig = await startRig()
  nord = await rig.partner('Nordwind')
  sued = await rig.partner('Suedwind')
}, 60_000)
afterAll(() => rig.close())

const none = { aliases: [] }
const found = async (id: string, matching: { aliases: string[][] } = none) => {
  const row = await rig.row(id)
  return rig.db.transaction((tx) => findRivals(tx, row, matching))
}
const claim = (company: string | null, domain: string | null, more: object = {}, partner = nord) =>
  rig.claim(partner, { company, domain, ...more })
const account = async (name: string, domain: string | null, more: object = {}) =>
  one(
    await rig.db
      .insert(accounts)
      .values({ name, domain, ...companyKeys(name), ...more })
      .returning({ id: accounts.id }),
  ).id

const submitted = (second: number) => ({ submittedAt: `2026-01-01T00:00:${String(second).padStart(2, '0')}.000Z` })

describe('beside a claim stand', () => {
  it('a customer: by its type, or by a deal that was won there, with the partner who sold it', async () => {
    const typed = await account('Almhuber Kran GmbH', 'almhuber.at', { accountType: 'Customer - Direct' })
    const sold = await account('Almhuber Krane', null)
    await account('Almhuber Seile', null)
    await rig.db.insert(deals).values([
      { accountId: sold, status: 'won', partnerId: nord, closeDate: '2025-01-01' },
      { accountId: sold, status: 'won', partnerId: sued, closeDate: '2026-03-01' },
      { accountId: sold, status: 'lost', partnerId: nord, closeDate: '2026-04-01' },
    ])
    expect(await found(await claim('Almhuber Kran', 'www.almhuber.at'))).toMatchObject([
      { kind: 'customer', otherId: typed, matchedOn: ['domain', 'name'], other: { partnerId: null, wonAt: null } },
    ])
    expect(await found(await claim('Almhuber Krane', null, {}, sued))).toMatchObject([
      { kind: 'customer', otherId: sold, other: { partnerId: sued, wonAt: '2026-03-01T00:00:00.000Z' } },
    ])
  })

  it('what is kept by direct sales, however many deals are open there, and of many claims who was first', async () => {
    for (const n of [1, 2, 3]) {
      const accountId = await account(`Vielberg ${String(n)}`, 'vielberg.com')
      await rig.db
        .insert(deals)
        .values(Array.from({ length: 20 }, () => ({ accountId, status: 'open' as const, home: 'crm' })))
    }
    await rig.db.insert(namedAccounts).values({ source: 'keep', key: 'vielberg', domain: 'vielberg.com' })
    const first = await claim('Vielberg', 'vielberg.com', submitted(0), sued)
    for (let n = 1; n < 30; n += 1) await claim('Vielberg', 'vielberg.com', submitted(n), sued)
    const met = await found(await claim('Vielberg', 'vielberg.com'))
    expect([...new Set(met.map(({ kind }) => kind))].toSorted()).toEqual([
      'direct-deal',
      'named-account',
      'registration',
    ])
    expect(met[0]).toMatchObject({ kind: 'registration', otherId: first })
  })

  it('a direct deal, unless its CRM deleted it, and not the deal of a registration', async () => {
    const id = await account('Brennhaus Ofenbau', 'brennhaus.de')
    const [open, gone] = await rig.db
      .insert(deals)
      .values([
        { accountId: id, status: 'open', home: 'crm' },
        { accountId: id, status: 'open', home: 'crm' },
      ])
      .returning({ id: deals.id })
    await rig.db.insert(links).values({
      connection: 'crm',
      object: 'deals',
      kind: 'deal',
      recordId: gone?.id ?? '',
      externalId: '9',
      gone: true,
    })
    expect(await found(await claim('Brennhaus', 'brennhaus.de'))).toMatchObject([
      { kind: 'direct-deal', otherId: open?.id, matchedOn: ['domain', 'part-of-name'], score: 100 },
    ])
  })

  it('a named account of a list, by its name, its domain, or as the CRM’s account that the list names', async () => {
    const known = await account('Cordelius', 'cordelius.com')
    const [byAccount, byDomain] = await rig.db
      .insert(namedAccounts)
      .values([
        { source: 'strategic', key: '1', name: 'Project Falcon', accountId: known, territory: 'DACH' },
        { source: 'strategic', key: '2', domain: 'cordelius.co.uk', name: null },
        { source: 'strategic', key: '3', name: 'Nobody', ...companyKeys('Nobody') },
      ])
      .returning({ id: namedAccounts.id })
    const findings = await found(await claim('Cordelius Ltd', 'cordelius.com'))
    expect(findings).toMatchObject([
      {
        kind: 'named-account',
        otherId: byAccount?.id,
        matchedOn: ['id', 'domain', 'name'],
        other: { source: 'strategic', territory: 'DACH' },
      },
      { kind: 'named-account', otherId: byDomain?.id, matchedOn: ['domain-name'], other: { territory: null } },
    ])
    expect(findings.map(isCertain)).toEqual([true, false])
  })

  it('a lead that a partner holds, and none that came to nothing', async () => {
    const company = { company: 'Dornbach Pumpen', ...companyKeys('Dornbach Pumpen'), domain: 'dornbach.de' }
    const [held] = await rig.db
      .insert(leads)
      .values([
        { ...company, partnerId: sued, state: 'accepted', submittedAt: '2026-01-02T00:00:00.000Z' },
        { ...company, partnerId: sued, state: 'declined' },
        { ...company, partnerId: null, state: 'new' },
      ])
      .returning({ id: leads.id })
    expect(await found(await claim('Dornbach', 'dornbach.de'))).toMatchObject([
      {
        kind: 'lead',
        otherId: held?.id,
        other: { partnerId: sued, state: 'accepted', since: '2026-01-02T00:00:00.000Z' },
      },
    ])
  })

  it('an overlap, as account mapping recorded it', async () => {
    const [known] = await rig.db
      .insert(accountOverlaps)
      .values([
        {
          source: 'mapping',
          key: 'o1',
          partnerId: sued,
          relation: 'customer',
          name: 'Eberfeld Textilwerke',
          ...companyKeys('Eberfeld Textilwerke'),
          asOf: '2026-02-03T00:00:00.000Z',
        },
      ])
      .returning({ id: accountOverlaps.id })
    expect(await found(await claim('Eberfeld Textilwerke GmbH', 'eberfeld.de'))).toMatchObject([
      {
        kind: 'overlap',
        otherId: known?.id,
        matchedOn: ['name'],
        other: { partnerId: sued, relation: 'customer', asOf: '2026-02-03T00:00:00.000Z' },
      },
    ])
  })

  it('a claim on another domain of the company, where the policy says that it is one', async () => {
    const policy = { ...automatic, matching: { aliases: [['falkenrath.de', 'fr-group.com']] } }
    const first = await claim('Falkenrath', 'falkenrath.de')
    await rig.settle(first, rig.with(policy))
    const second = await claim('FR Group', 'fr-group.com', {}, sued)
    expect(await found(second)).toEqual([])
    await rig.settle(second, rig.with(policy))
    expect((await rig.row(first)).state).toBe('approved')
    expect((await rig.row(second)).state).toBe('declined')
  })

  it('a claim that is written otherwise, for a person to judge', async () => {
    const other = await claim('Grünwald & Söhne Logistik GmbH', null)
    for (const [company, reason] of [
      ['Gruenwald und Soehne Logistik', 'name'],
      ['Logistik Grünwald Söhne', 'word-order'],
      ['Grünwlad Söhne Logistik', 'similar-name'],
      ['Грюнвальд', null],
    ] as const) {
      const met = (await found(await claim(company, null, { state: 'declined' }))).filter(
        ({ otherId }) => otherId === other,
      )
      expect(met.map(({ matchedOn }) => matchedOn[0])).toEqual(reason === null ? [] : [reason])
      expect(met.some(isCertain)).toBe(false)
    }
  })

  it('what we wrote ourselves a moment ago, before the CRM shows it', async () => {
    const first = await claim('Hallstein Werkzeug', 'hallstein.de')
    await rig.settle(first, rig.with(automatic))
    const { dealId } = await rig.row(first)
    const [link] = await rig.db
      .select()
      .from(links)
      .where(eq(links.recordId, dealId ?? ''))
    expect(link?.externalId).toBeNull()
    expect(await found(await claim('Hallstein', 'hallstein.de', {}, sued))).toMatchObject([
      { kind: 'registration', otherId: first, other: { state: 'approved' } },
    ])
  })
})

describe('odd claims', () => {
  it.each([
    ['free mail alone', ' ', 'gmail.com', 'x@gmail.com'],
    ['a name of one letter', 'Q', null, null],
    ['a name of 500 letters', 'Zyx'.repeat(167), null, null],
    ['a name of emoji', '🎉🎉', null, null],
    ['a name that runs from right to left', 'شركة النور للتجارة', null, null],
  ])('of %s are checked, and meet nobody else', async (_, company, domain, contactEmail) => {
    const id = await claim(company, domain, { contactEmail, domain: null })
    expect(await found(id)).toEqual([])
    await rig.settle(id)
    expect((await rig.row(id)).state).toBe('in-review')
  })

  it.each([
    ['punycode and its international name', ['Grünfink', 'grünfink.de'], ['Other', 'xn--grnfink-o2a.de'], 'domain'],
    ['right-to-left text', ['مؤسسة الفجر', null], ['مؤسسة الفجر', null], 'name'],
    ['one letter', ['J', null], ['J GmbH', null], 'name'],
  ])('meet their like: %s', async (_, [name = null, domain = null], [like = null, there = null], reason) => {
    const first = await claim(name, domain)
    const second = await claim(like, there, { state: 'declined' }, sued)
    expect((await found(second)).map(({ otherId, matchedOn }) => [otherId, matchedOn[0]])).toEqual([[first, reason]])
  })
})

it('keeps what both sides said when they met, apart from the finding, and shows it to no partner', async () => {
  const list = {
    source: 'strategic',
    key: 'k',
    name: 'Kaltenbach',
    domain: 'kaltenbach.ch',
    ownerEmail: 'rep@vendor.example',
  }
  await rig.db.insert(namedAccounts).values({ ...list, ...companyKeys(list.name) })
  const id = await claim('Kaltenbach AG', 'kaltenbach.ch', { contactEmail: 'kai@kaltenbach.ch', amount: '70' })
  await rig.settle(id)
  await rig.db.update(namedAccounts).set({ name: 'Renamed', ownerEmail: null })
  const row = one(await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id)))
  expect(row.evidence).toEqual({ matchedOn: ['domain', 'name'], against: [], score: 100 })
  const facts = one(await rig.db.select().from(conflictFacts).where(eq(conflictFacts.conflictId, row.id)))
  expect(facts.ours).toMatchObject({ company: 'Kaltenbach AG', contactEmail: 'kai@kaltenbach.ch', amount: '70.0000' })
  expect(facts.theirs).toMatchObject({ company: 'Kaltenbach', source: 'strategic', owner: 'rep@vendor.example' })
  for (const table of ['conflict_facts', 'named_accounts', 'account_overlaps'])
    await expect(
      asPartner(rig.db, nord, (tx) => tx.execute(sql`select * from ${sql.identifier(table)}`)),
    ).rejects.toThrow('Failed query')
})

it('looks by index alone, and at few rows, however many there are', async () => {
  await rig.db.execute(sql`
    insert into accounts (name, name_key, letters, domain)
    select 'Werk ' || n, 'werk ' || n, 'ekrw' || n, 'werk' || n || '.de' from generate_series(1, 30000) n`)
  await rig.db.execute(sql`
    insert into registrations (company, name_key, letters, domain, partner_id, state, contact_email)
    select 'Werk ' || n, 'werk ' || n, 'ekrw' || n, 'werk' || n || '.de', ${sued}, 'in-review', 'x' || n || '@werk.example'
    from generate_series(1, 10000) n`)
  // What is over stands between them in every order that they are looked up by.
  await rig.db.execute(sql`
    insert into registrations (company, name_key, letters, domain, partner_id, state)
    select 'Werk 77', 'werk 77', 'ekrw77', 'werk77.de', ${sued}, case when n % 2 = 0 then 'declined' else 'lapsed' end
    from generate_series(1, 10000) n`)
  await rig.db.execute(sql`
    insert into leads (company, name_key, letters, domain, partner_id, state)
    select company, name_key, letters, domain, partner_id, case when state = 'in-review' then 'accepted' else 'declined' end
    from registrations where company like 'Werk %'`)
  const id = await claim('Werk 77', 'werk77.de', { contactEmail: 'x77@werk.example' })
  const row = await rig.row(id)
  // Statistics are the owner's to gather; a running server does so by itself.
  await rig.db.transaction(async (tx) => {
    await tx.execute(sql`set local role none`)
    await tx.execute(sql`analyze`)
  })
  const lines = Array.from({ length: 20 }, (_, n) => {
    const company = { name: `Werk ${String(n * 31 + 5)}`, domain: `werk${String(n * 31 + 5)}.de`, email: null }
    return { line: n, id: randomUUID(), partnerId: nord, ...company }
  })
  const asking: [string, (tx: Tx) => Promise<{ kind: string }[]>, number][] = [
    ['a check', (tx) => findRivals(tx, row, none), 1_000],
    // By the plan that the first one left.
    ['another check', (tx) => findRivals(tx, row, none), 1_000],
    ['an import of twenty rows', (tx) => importConflicts(tx, lines, []), 8_000],
    [
      'what lapsed before',
      async (tx) => [(await lapsedBefore(tx, rig.programme, row)) ?? []].flat().map(() => ({ kind: 'lapsed' })),
      100,
    ],
  ]
  await rig.db.transaction(async (tx) => {
    // What the session did before may not be counted off yet, so that the difference is looked at.
    const touched = async () => {
      const { rows } = await tx.execute<{ relname: string; scanned: number; fetched: number }>(sql`
        select relname, seq_tup_read::int as scanned, coalesce(idx_tup_fetch, 0)::int as fetched from pg_stat_xact_user_tables
        where relname in ('accounts', 'registrations', 'leads')`)
      return new Map(rows.map(({ relname, ...counts }) => [relname, counts]))
    }
    for (const [what, ask, most] of asking) {
      const before = await touched()
      const kinds = (await ask(tx)).map(({ kind }) => kind)
      expect([what, [...new Set(kinds)].toSorted()]).toEqual([
        what,
        { 'an import of twenty rows': ['registration'], 'what lapsed before': [] }[what] ?? ['lead', 'registration'],
      ])
      const after = await touched()
      expect(after.size).toBe(3)
      for (const [table, { scanned, fetched }] of after) {
        const earlier = before.get(table)
        expect([what, table, scanned - (earlier?.scanned ?? 0)]).toEqual([what, table, 0])
        expect(fetched - (earlier?.fetched ?? 0)).toBeLessThan(most)
      }
    }
    const { rows } = await tx.execute<{ kept: number; anew: number }>(sql`
      select sum(generic_plans)::int as kept, sum(custom_plans)::int as anew from pg_prepared_statements
      where statement like '%asked as materialized%' and statement like '%"leads" c%'`)
    expect(rows[0]?.anew).toBe(0)
    expect(rows[0]?.kept).toBeGreaterThan(0)
  })
})
