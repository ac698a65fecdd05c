/** Whoever asks whether two records are one company is answered by the one matcher: the audit, an import, and a second registration. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { conflictPairs } from '../db/conflict-pairs.ts'
import { accounts, connections, deals, registrations } from '../db/schema/index.ts'
import { companyKeys, readDomain } from '../domain/identity.ts'
import { isCertain, type Reason } from '../domain/matching/reasons.ts'
import { importConflicts } from './import-conflicts.ts'
import { lapsedBefore } from './registered-again.ts'
import { automatic, farFuture, one, startRig, type Rig } from './rig.test-support.ts'

interface Named {
  name: string
  domain: string | null
}
const named = (name: string, domain: string | null = null): Named => ({ name, domain })

/** What equal domains or names would not find, and what they met in. */
const same: [string, Named, Named, Reason][] = [
  ['a legal form', named('Birkenhain Sp. z o.o.'), named('Birkenhain'), 'name'],
  ['a transliteration', named('Grünwedel & Söhne'), named('Gruenwedel und Soehne', 'gruenwedel.de'), 'name'],
  ['another script', named('Грюндорф Логистик'), named('Gryundorf Logistik'), 'name'],
  ['an alias of the policy', named('Falkenrath', 'falkenrath.de'), named('FR Group', 'fr-group.com'), 'alias'],
  ['a sub-domain', named('Kesselmoor', 'kesselmoor.de'), named('Moor Shop', 'shop.kesselmoor.de'), 'domain'],
  ['another ending', named('Quellbach', 'quellbach.de'), named('Quellbach Gruppe', 'quellbach.at'), 'domain-name'],
  ['a slip of the pen', named('Stonebridge Optik'), named('Stonebrigde Optik'), 'similar-name'],
  ['the order of words', named('Tannhauser Werft Rostock'), named('Rostock Tannhauser Werft'), 'word-order'],
]

/** What looks alike and is another company. */
const others: [string, Named, Named][] = [
  ['names that differ by a letter', named('Marten'), named('Martin')],
  ['a trade in two towns', named('Summit Foods', 'summit-foods.com'), named('Summit Foods', 'foods-summit.fr')],
  ['a shared word', named('Eisvogel Textil', 'eisvogel-textil.de'), named('Eisvogel Marine', 'eisvogel-marine.de')],
  ['numbers', named('Werk 21'), named('Werk 22')],
  ['a shared host', named('Ahorn', 'ahorn.myshopify.com'), named('Buche', 'buche.myshopify.com')],
]

const aliases = [['falkenrath.de', 'fr-group.com']]

let rig: Rig
let nord: string
let sued: string
beforeAll(async () => {
  rig = await startRig({ ...automatic, matching: { aliases }, exclusivity: { registerAgain: { after: '30d' } } })
  nord = await rig.partner('Nordwind')
  sued = await rig.partner('Suedwind')
  await rig.db.insert(connections).values({ name: 'crm', mode: 'live' })
}, 60_000)
afterAll(() => rig.close())

/** As the road keeps it. */
const registered = (domain: string | null) => {
  const read = readDomain(domain)
  return read.ok ? read.domain : null
}

const claim = ({ name: company, domain }: Named, partner: string, more: object = {}) =>
  rig.claim(partner, {
    company,
    domain: registered(domain),
    state: 'approved',
    protectedUntil: farFuture,
    ...more,
  })

const lapsed = (company: Named) => claim(company, nord, { state: 'lapsed', protectedUntil: new Date().toISOString() })

async function direct({ name, domain }: Named): Promise<string> {
  const [account] = await rig.db
    .insert(accounts)
    .values({ name, domain: registered(domain), ...companyKeys(name) })
    .returning({ id: accounts.id })
  const values = { accountId: account?.id ?? '', status: 'open' as const, home: 'crm', source: 'direct' as const }
  return one(await rig.db.insert(deals).values(values).returning({ id: deals.id })).id
}

describe('one company', () => {
  it.each(same)('is found by %s: by the audit, an import, and a second registration', async (_, a, b, reason) => {
    const own = await claim(a, nord)
    const rival = await claim(b, sued)
    const deal = await direct(b)
    const audited = (await conflictPairs(rig.db, aliases)).filter((pair) => pair.registrationId === own)
    expect(new Map(audited.map(({ otherId, matchedOn }) => [otherId, matchedOn[0]]))).toEqual(
      new Map([
        [rival, reason],
        [deal, reason],
      ]),
    )
    for (const { score } of audited) expect(score).toBeGreaterThanOrEqual(80)

    const line = { line: 2, id: own, partnerId: nord, name: a.name, domain: a.domain, email: null }
    const imported = await rig.db.transaction((tx) => importConflicts(tx, [line], aliases))
    expect(new Map(imported.map(({ otherId, matchedOn, line: at }) => [otherId, [at, matchedOn[0]]]))).toEqual(
      new Map([
        [rival, [2, reason]],
        [deal, [2, reason]],
      ]),
    )

    const before = await claim(b, nord, { state: 'lapsed', protectedUntil: '2026-11-01T00:00:00.000Z' })
    const row = await rig.row(own)
    expect(await rig.db.transaction((tx) => lapsedBefore(tx, rig.programme, row))).toMatchObject({ id: before })
  })

  it('is looked for among all claims, a page after the other', async () => {
    const companies = Array.from(
      { length: 210 },
      (_, n) => `Seitenweise ${String.fromCharCode(97 + (n % 26))}${String(n)}`,
    )
    await rig.db.insert(registrations).values(
      companies.map((company) => ({
        company,
        ...companyKeys(company),
        domain: `seite${company.slice(12)}.de`,
        partnerId: nord,
        state: 'in-review' as const,
      })),
    )
    const last = await claim(named('Seitenweise Letzte', 'seite-letzte.de'), nord)
    const deal = await direct(named('Letzte', 'seite-letzte.de'))
    const pairs = await conflictPairs(rig.db, aliases)
    expect(pairs.filter(({ registrationId }) => registrationId === last)).toMatchObject([
      { otherId: deal, kind: 'direct-deal', matchedOn: ['domain', 'part-of-name'], score: 100 },
    ])
    const keys = pairs.map(({ registrationId, otherId }) => [registrationId, otherId].toSorted().join(' '))
    expect(new Set(keys).size).toBe(keys.length)
  })
})

describe('two companies', () => {
  it.each(others)('stay two in spite of %s', async (_, a, b) => {
    const own = await claim(a, nord)
    await claim(b, sued)
    await direct(b)
    expect((await conflictPairs(rig.db, aliases)).filter((pair) => pair.registrationId === own)).toEqual([])
    const line = { line: 2, id: own, partnerId: nord, name: a.name, domain: a.domain, email: null }
    expect(await rig.db.transaction((tx) => importConflicts(tx, [line], aliases))).toEqual([])
    await claim(b, nord, { state: 'lapsed', protectedUntil: '2026-11-01T00:00:00.000Z' })
    const row = await rig.row(own)
    expect(await rig.db.transaction((tx) => lapsedBefore(tx, rig.programme, row))).toBeUndefined()
  })
})

describe('a company whose protection lapsed', () => {
  it('is declined where it is the same, however it is written', async () => {
    const before = await lapsed(named('Wiesengrund Pumpen AG', 'wiesengrund.de'))
    const again = await rig.claim(nord, { company: 'Wiesengrund', domain: 'www.wiesengrund.de' })
    await rig.settle(again)
    expect(await rig.row(again)).toMatchObject({ state: 'declined', previousId: before })
  })

  it('is asked about where it only may be the same: no rule approves it', async () => {
    await lapsed(named('Bergmoser Antriebe'))
    const again = await rig.claim(nord, { company: 'Bergmosre Antriebe', domain: null })
    await rig.settle(again)
    expect(await rig.row(again)).toMatchObject({ state: 'in-review', previousId: null })
    expect(one(await rig.tasks(again)).why).toEqual(['registered-again'])
  })

  it('is free for another partner', async () => {
    await lapsed(named('Dachsfeld Mühlen', 'dachsfeld.de'))
    const other = await rig.claim(sued, { company: 'Dachsfeld', domain: 'dachsfeld.de' })
    await rig.settle(other)
    expect((await rig.row(other)).state).toBe('approved')
  })
})

it('makes nothing certain by an account that only may be the company', async () => {
  const [account] = await rig.db
    .insert(accounts)
    .values({ name: 'Brunnthaler Optik', ...companyKeys('Brunnthaler Optik') })
    .returning({ id: accounts.id })
  const held = await claim(named('Kontor am Markt', 'kontor.example'), sued, { accountId: account?.id ?? '' })
  const own = await claim(named('Brunntahler Optik'), nord)
  const pairs = (await conflictPairs(rig.db, aliases)).filter(({ otherId, registrationId }) =>
    [otherId, registrationId].includes(held),
  )
  expect(pairs.map(({ registrationId, otherId }) => [registrationId, otherId].toSorted())).toEqual([
    [held, own].toSorted(),
  ])
  expect(pairs.some(isCertain)).toBe(false)
})
