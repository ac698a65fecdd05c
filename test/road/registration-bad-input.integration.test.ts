/**
 * Claims as nobody wishes for them, from the portal to the CRM: each ends in an answer that a person sees, nothing of it is lost, and
 * everything beside it goes on. Forged and replayed links, stale signatures and approvers who left are in `test/doors/doors.integration.test.ts`.
 */
import { domainToASCII } from 'node:url'
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { retryWrites } from '../../src/write/parked.ts'
import { conflicts, notices, registrations, tasks } from '../../src/db/schema/index.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { decide } from '../../src/process/decide.ts'
import { plainSettings } from '../../src/process/notices/settings.ts'
import { render } from '../../src/process/notices/render.ts'
import type { Programme } from '../../src/process/programme.ts'
import { steps } from '../../src/process/registration-steps.ts'
import { next, take } from '../../src/process/step.ts'
import { listParked } from '../../src/reports/parked.ts'
import { readRegistration } from '../../src/reports/registrations.ts'
import { capability, field, ours, startBench, type Bench, type Side } from '../setup/bench.ts'

const said = { create: 'in', update: 'in' } as const

const portal: Side = {
  role: 'portal',
  capabilities: [
    capability('partners', ['partner'], { write: 'none', update: false, key: null }),
    capability('claims', ['registration'], { write: 'set', key: null }),
  ],
  mappings: [
    { object: 'partners', kind: 'partner', fields: [field('name', 'name', said), field('tier', 'tier', said)] },
    {
      object: 'claims',
      kind: 'registration',
      fields: [
        field('partnerId', 'partner', {
          ...said,
          conversion: { as: 'lookup', of: 'partner', object: 'partners' },
          required: true,
        }),
        field('company', 'company', { ...said, required: true }),
        field('domain', 'site', { ...said, conversion: { as: 'domain' } }),
        field('contactEmail', 'mail', said),
        field('amount', 'amount', { ...said, conversion: { as: 'decimal' } }),
        field('currency', 'currency', said),
        field('closeDate', 'close', { ...said, conversion: { as: 'date' } }),
        field('state', 'state', ours),
        field('reason', 'reason', ours),
      ],
    },
  ],
}

const amount = { conversion: { as: 'decimal' as const }, currency: { is: 'USD' } }
const crm: Side = {
  role: 'crm',
  capabilities: [capability('accounts', ['account']), capability('deals', ['deal'])],
  mappings: [
    { object: 'accounts', kind: 'account', fields: [field('name', 'Name'), field('domain', 'Site')] },
    {
      object: 'deals',
      kind: 'deal',
      fields: [
        field('name', 'Title'),
        // A CRM of one currency, which it does not name.
        field('amount', 'Amount', amount),
        field('closeDate', 'Close', { conversion: { as: 'date' } }),
        field('accountId', 'Account', { conversion: { as: 'lookup', of: 'account', object: 'accounts' } }),
        field('registrationId', 'Claim', ours),
        field('registrationStatus', 'Status', ours),
      ],
    },
  ],
}

const desk = 'desk@vendor.example'
let bench: Bench
let programme: Programme
let north = ''
let south = ''

beforeAll(async () => {
  bench = await startBench({ portal, alpha: crm })
  programme = {
    policy: policySchema.parse({
      currency: 'USD',
      rates: { CHF: '1.1' },
      tiers: ['gold', 'silver'],
      approval: [{ name: 'small', when: { amount: { upTo: 50_000 } }, ruling: 'approve' }],
      decision: { approver: desk },
    }),
    systems: bench.systems,
    route: () => 'alpha',
  }
  north = bench.vendor('portal').put('partners', { name: 'Nordwind', tier: 'gold' })
  south = bench.vendor('portal').put('partners', { name: 'Südwind', tier: 'silver' })
  await bench.round()
}, 60_000)
afterAll(() => bench.close())

interface Said {
  company: string
  site?: string
  mail?: string
  amount?: string
  currency?: string
  close?: string
}

/** What partners type into the portal, in that order. */
function typed(partner: string, ...claims: Said[]): string[] {
  const empty = { site: null, mail: null, close: null, amount: '1000', currency: 'USD', state: null, reason: null }
  return claims.map((claim) => bench.vendor('portal').put('claims', { partner, ...empty, ...claim }))
}

/** Everything is read, every process goes as far as it can, and everything is written. */
async function goOn(): Promise<void> {
  // The second reading is the one that began after the claims were heard of.
  for (let round = 0; round < 2; round += 1) {
    await bench.round()
    const rows = await bench.rows<{ id: string }>(
      `select id from registrations where state in ('submitted', 'screening', 'in-review')`,
    )
    for (const { id } of rows) {
      let step = await next(bench.db, programme, id)
      while (step.do !== 'wait' && step.do !== 'end')
        step = await take(bench.db, programme, id, step.do, steps[step.do])
    }
  }
  // Customers before the deals that name them.
  for (const connection of ['alpha', 'alpha', 'portal']) {
    await bench.age()
    await bench.drain(connection)
  }
}

async function claimOf(externalId: string | undefined) {
  const [found] = await bench.rows<{ id: string }>(
    `select record_id as id from links where connection = 'portal' and external_id = '${externalId ?? ''}'`,
  )
  const [row] = await bench.db
    .select()
    .from(registrations)
    .where(eq(registrations.id, found?.id ?? '00000000-0000-0000-0000-000000000000'))
  if (row === undefined) throw new Error(`${externalId ?? ''} was not taken in`)
  return row
}

/** What the CRM has of the claim. */
function dealOf(claim: { id: string }) {
  const deal = bench
    .vendor('alpha')
    .of('deals')
    .find(({ fields }) => fields['Claim'] === claim.id)
  const account = typeof deal?.fields['Account'] === 'string' ? bench.vendor('alpha').one(deal.fields['Account']) : null
  return deal === undefined ? null : { ...deal.fields, Account: account?.fields ?? null }
}

/** Who is asked about the claim, and why: a task, and a message to them. */
async function askedAbout({ id }: { id: string }) {
  const [task] = await bench.db.select().from(tasks).where(eq(tasks.subjectId, id))
  const told = await bench.db.select().from(notices).where(eq(notices.subjectId, id))
  expect(told.filter(({ template }) => template === 'task.opened').map(({ recipient }) => recipient)).toEqual([desk])
  return { id: task?.id ?? '', assignee: task?.assignee, why: task?.why }
}

async function approved(taskId: string): Promise<void> {
  const by = { label: desk, email: desk, door: 'api' } as const
  await decide(bench.db, { taskId, decision: 'approve', reason: null, by })
  await goOn()
}

const foundBeside = ({ id }: { id: string }) =>
  bench.db
    .select({ kind: conflicts.kind, evidence: conflicts.evidence, blocks: conflicts.blocks })
    .from(conflicts)
    .where(eq(conflicts.registrationId, id))

it('free-mail only: nobody is known by it, the name alone is asked about, and the deal stands without an address', async () => {
  const [first] = typed(north, { company: 'Hafen Bau', site: 'gmail.com', mail: 'kai@gmail.com' })
  const [other] = typed(south, { company: 'Werft Betrieb', site: 'https://gmail.com', mail: 'lena@gmail.com' })
  await goOn()
  const [rival] = typed(south, { company: 'Hafen Bau GmbH', mail: 'ole@gmail.com' })
  await goOn()
  for (const one of [first, other]) {
    const claim = await claimOf(one)
    expect(claim).toMatchObject({ state: 'approved', domain: null })
    expect(dealOf(claim)?.Account).toEqual({ Name: claim.company })
  }
  expect(await foundBeside(await claimOf(other))).toEqual([])
  const task = await askedAbout(await claimOf(rival))
  expect(task).toMatchObject({ assignee: desk, why: ['registration-by-name'] })
})

describe('an international domain', () => {
  const unicode = 'https://Shop.Bücher-Käufer.de/katalog'
  const ascii = domainToASCII('bücher-käufer.de')

  it('and its punycode are one, so that the first in time is first in either spelling', async () => {
    const [first] = typed(north, { company: 'Bücher Käufer', site: unicode })
    await goOn()
    const [later] = typed(south, { company: 'Etwas anderes', site: ascii })
    await goOn()
    expect(await claimOf(first)).toMatchObject({ state: 'approved', domain: ascii })
    const declined = await claimOf(later)
    expect(declined).toMatchObject({ state: 'declined', domain: ascii })
    expect(bench.vendor('portal').one(later ?? '').fields).toMatchObject({
      state: 'declined',
      reason: expect.stringContaining('Another partner registered this company before') as unknown,
    })
  })

  it('that is none is parked by name, until the portal says another; the claim beside it goes on', async () => {
    const [broken, fine] = typed(
      north,
      { company: 'Kaputt GmbH', site: 'xn--zzzzzz-.de' },
      { company: 'Heil GmbH', site: 'heil-gmbh.de' },
    )
    await goOn()
    expect(await claimOf(fine)).toMatchObject({ state: 'approved' })
    const parked = () => listParked(bench.db, { limit: 10, after: null, kind: 'change' })
    expect(await parked()).toMatchObject([
      { code: 'CW_FIELD_INVALID', externalId: broken, detail: { fields: [{ field: 'domain' }] } },
    ])
    bench.vendor('portal').edit(broken ?? '', { site: 'kaputt-gmbh.de' })
    await goOn()
    expect(await parked()).toEqual([])
    expect(await claimOf(broken)).toMatchObject({ state: 'approved', domain: 'kaputt-gmbh.de' })
  })
})

it('a company of one letter is a company, and stands for no other one', async () => {
  const [first] = typed(north, { company: 'X', site: 'x-werke.de' })
  const [other] = typed(south, { company: 'Xylo Technik', site: 'xylo-technik.de' })
  await goOn()
  const [same] = typed(south, { company: 'x' })
  await goOn()
  expect(dealOf(await claimOf(first))).toMatchObject({ Title: 'X – Nordwind', Account: { Name: 'X' } })
  expect(await claimOf(other)).toMatchObject({ state: 'approved' })
  expect((await askedAbout(await claimOf(same))).why).toEqual(['registration-by-name'])
})

it('a company of 500 letters stays whole, and reaches the CRM in a name that it can keep', async () => {
  const long = 'Großhandelsgesellschaft für Schiffszubehör 👩‍🔧 '.repeat(11).slice(0, 499).trimEnd()
  bench.vendor('alpha').refuse = ({ fields }) => {
    const [title, name] = [fields['Title'], fields['Name']].map((text) => (typeof text === 'string' ? text.length : 0))
    if ((title ?? 0) > 120 || (name ?? 0) > 255) throw new Error('a name that no CRM keeps')
    return null
  }
  const [endless] = typed(north, { company: long, site: 'schiffszubehoer-lang.de' })
  await goOn()
  const claim = await claimOf(endless)
  expect(claim).toMatchObject({ state: 'approved', company: long })
  const deal = dealOf(claim)
  expect(deal).toMatchObject({ Title: expect.stringMatching(/^Großhandels.*… – Nordwind$/) as unknown })
  const name = String(deal?.Account?.['Name'])
  expect(name.length).toBeLessThanOrEqual(255)
  expect(long.startsWith(name.slice(0, -1).trimEnd())).toBe(true)
  // No sign was cut in two.
  expect(name.isWellFormed()).toBe(true)
  expect(name).not.toMatch(/\u200D…$/)
})

it('emoji are no part of a name; a name of nothing else is decided by a person and keeps its emoji', async () => {
  const [first, nameless] = typed(
    north,
    { company: '🚀 Rakete 🚀 GmbH', site: 'rakete-werke.de' },
    { company: '🦄🦄', mail: 'uni@gmail.com' },
  )
  await goOn()
  const [rival] = typed(south, { company: 'Rakete' })
  await goOn()
  expect(dealOf(await claimOf(first))).toMatchObject({ Account: { Name: '🚀 Rakete 🚀 GmbH' } })
  expect((await askedAbout(await claimOf(rival))).why).toEqual(['registration-by-name'])
  const task = await askedAbout(await claimOf(nameless))
  expect(task).toMatchObject({ assignee: desk, why: ['company-unclear'] })
  await approved(task.id)
  expect(dealOf(await claimOf(nameless))).toMatchObject({ Title: '🦄🦄 – Nordwind', Account: { Name: '🦄🦄' } })
})

it('right-to-left text is found again in its own script and in Latin letters, and is told and written as it was typed', async () => {
  const company = 'شركة النور للتجارة'
  const [first] = typed(north, { company, site: 'alnoor-trading.ae' })
  await goOn()
  const [same] = typed(south, { company })
  await goOn()
  const claim = await claimOf(first)
  expect(dealOf(claim)).toMatchObject({ Title: `${company} – Nordwind`, Account: { Name: company } })
  expect((await askedAbout(await claimOf(same))).why).toEqual(['registration-by-name'])
  const facts = { company, protectedUntil: claim.protectedUntil }
  for (const language of ['en', 'de', 'fr']) {
    const message = render('registration.approved', 'partner', facts, { language, timeZone: 'UTC' }, plainSettings)
    expect(message?.subject).toContain(company)
  }
})

it('a contact in two companies makes them no one company: a person sees both, and both may stand', async () => {
  const mail = 'kai@beratung-kai.de'
  const [first] = typed(north, { company: 'Alpha Bau', site: 'alpha-bau.de', mail })
  await goOn()
  const [second] = typed(south, { company: 'Gamma Logistik', site: 'gamma-logistik.de', mail })
  await goOn()
  const claim = await claimOf(second)
  expect(await foundBeside(claim)).toMatchObject([
    { kind: 'registration', evidence: { matchedOn: ['shared-contact'] }, blocks: 'ask' },
  ])
  const task = await askedAbout(claim)
  expect(task.why).toEqual(['registration-by-name'])
  await approved(task.id)
  for (const one of [first, second]) {
    const row = await claimOf(one)
    expect(row).toMatchObject({ state: 'approved' })
    expect(dealOf(row)).toMatchObject({ Account: { Name: row.company } })
  }
})

it('a currency that the CRM lacks parks that one deal by its code, and it is made when the mapping says how', async () => {
  const [francs, dollars] = typed(
    north,
    { company: 'Matterhorn Bahnen', site: 'matterhorn-bahnen.ch', amount: '9000', currency: 'CHF' },
    { company: 'Dollar Bahnen', site: 'dollar-bahnen.com', amount: '9000', currency: 'USD' },
  )
  await goOn()
  expect(dealOf(await claimOf(dollars))).toMatchObject({ Amount: '9000' })
  const claim = await claimOf(francs)
  expect(claim).toMatchObject({ state: 'approved', amount: '9000', currency: 'CHF', home: 'alpha' })
  expect(dealOf(claim)).toBeNull()
  const parked = () => listParked(bench.db, { limit: 10, after: null, kind: 'write' })
  expect(await parked()).toMatchObject([
    {
      code: 'CW_CURRENCY_OTHER',
      connection: 'alpha',
      object: 'deals',
      recordId: claim.dealId,
      detail: { fields: [{ field: 'amount', expected: 'an amount in USD', found: 'CHF' }] },
    },
  ])
  // Whoever looks at the registration sees it too.
  expect((await readRegistration(bench.db, claim.id))?.systems).toContainEqual(
    expect.objectContaining({ connection: 'alpha', kind: 'deal', write: 'parked', code: 'CW_CURRENCY_OTHER' }),
  )

  const system = bench.system('alpha')
  const before = system.mappings
  system.mappings = before.map((mapping) => ({
    ...mapping,
    fields: mapping.fields.map((one) => (one.field === 'amount' ? { ...one, otherCurrency: 'leave' as const } : one)),
  }))
  await retryWrites(bench.db, { code: 'CW_CURRENCY_OTHER' })
  await bench.settle()
  system.mappings = before
  expect(await parked()).toEqual([])
  expect(dealOf(claim)).toMatchObject({ Title: 'Matterhorn Bahnen – Nordwind', Status: 'approved' })
  expect(dealOf(claim)).not.toHaveProperty('Amount')
})

it('a close date in the past is decided by a person, and reaches the CRM as it was said', async () => {
  const [late] = typed(north, { company: 'Gestern AG', site: 'gestern-ag.de', close: '2020-02-29' })
  await goOn()
  const task = await askedAbout(await claimOf(late))
  expect(task).toMatchObject({ assignee: desk, why: ['close-date-past'] })
  await approved(task.id)
  expect(dealOf(await claimOf(late))).toMatchObject({ Close: '2020-02-29' })
})

it('a tier that the policy does not know is decided by a person, until the portal or the policy names another', async () => {
  bench.vendor('portal').edit(south, { tier: 'Diamond' })
  const [one] = typed(south, { company: 'Stufenlos KG', site: 'stufenlos-kg.de' })
  const [known] = typed(north, { company: 'Stufe KG', site: 'stufe-kg.de' })
  await goOn()
  expect(await claimOf(known)).toMatchObject({ state: 'approved' })
  expect(await askedAbout(await claimOf(one))).toMatchObject({ assignee: desk, why: ['tier-unknown'] })
  bench.vendor('portal').edit(south, { tier: 'Silver' })
  await bench.round()
  const [again] = typed(south, { company: 'Anders KG', site: 'anders-kg.de' })
  await goOn()
  expect(await claimOf(again)).toMatchObject({ state: 'approved' })
})

it('in all of it every change ended in one of three ways', async () => {
  await bench.settle()
  expect(
    await bench.rows(`select status from changes where status not in ('applied', 'no-op') group by status`),
  ).toEqual([])
})
