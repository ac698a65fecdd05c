/** A longer protection asked for on the deal in a CRM: heard once, decided, and the box taken away with the answer. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { hubspot } from '../../connectors/hubspot/index.ts'
import { startRig } from '../../connectors/hubspot/rig.test-support.ts'
import { salesforce } from '../../connectors/salesforce/index.ts'
import { startOrg } from '../../connectors/salesforce/org.test-support.ts'
import { connections, deals, extensions, links, partners, registrations, tasks } from '../../src/db/schema/index.ts'
import { nameKey } from '../../src/domain/identity.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { plus } from '../../src/domain/time.ts'
import { createDeal } from '../../src/process/create-deal.ts'
import { hearExtensions } from '../../src/process/crm-extensions.ts'
import { decide } from '../../src/process/decide.ts'
import type { Programme } from '../../src/process/programme.ts'
import { steps } from '../../src/process/registration-steps.ts'
import { next, take } from '../../src/process/step.ts'
import { capability, field, ours, startBench, type Bench } from '../setup/bench.ts'

const DAY = 24 * 3_600_000

interface Shown {
  ticked: boolean
  note: string | null
  until: string | null
}

/** A CRM and the hands of its users. */
interface Crm {
  name: string
  /** Who edits there, as far as the CRM tells. */
  editor: string
  show: (id: string) => Promise<Shown>
  edit: (id: string, isTicked: boolean) => Promise<void>
}

const instant = (value: string | null) => (value === null ? null : new Date(value).toISOString())

let bench: Bench
let crms: Map<string, Crm>
const closing: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  const org = await startOrg()
  const rig = await startRig()
  closing.push(
    () => org.close(),
    () => rig.close(),
  )
  const growth = rig.connect()
  bench = await startBench({
    alpha: {
      role: 'crm',
      capabilities: [
        capability('companies', ['account']),
        capability('partners', ['partner']),
        capability('deals', ['deal']),
      ],
      mappings: [
        { object: 'companies', kind: 'account', fields: [field('name', 'Name'), field('domain', 'Site')] },
        { object: 'partners', kind: 'partner', fields: [field('name', 'Name')] },
        {
          object: 'deals',
          kind: 'deal',
          fields: [
            field('name', 'Title'),
            field('protectedUntil', 'Until', { ...ours, conversion: { as: 'instant' } }),
            field('extensionRequested', 'More', { conversion: { as: 'boolean' }, mandatory: true }),
            field('registrationNote', 'Note', ours),
          ],
        },
      ],
    },
    sales: {
      role: 'crm',
      capabilities: [...org.connector.capabilities],
      mappings: salesforce.mappings(org.settings),
      connector: org.connector,
    },
    growth: {
      role: 'crm',
      capabilities: [...growth.capabilities],
      mappings: hubspot.mappings(rig.settings()),
      connector: growth,
    },
  })
  closing.unshift(() => bench.close())
  const { users } = z
    .object({ users: z.array(z.string()) })
    .parse(await org.sandbox.control.seed({ users: [{ LastName: 'Rep', Email: 'rep@meridian.example' }] }))
  const text = z
    .string()
    .nullish()
    .transform((value) => (value === '' ? null : (value ?? null)))
  const orgState = z.object({ objects: z.record(z.string(), z.array(z.record(z.string(), z.unknown()))) })
  const accountState = z.object({
    deals: z.array(z.looseObject({ id: z.string(), properties: z.record(z.string(), z.string().nullable()) })),
  })
  crms = new Map(
    [
      {
        name: 'alpha',
        editor: 'alpha',
        show: (id: string) => {
          const { fields } = bench.vendor('alpha').one(id)
          const [note, until] = [text.parse(fields['Note']), text.parse(fields['Until'])]
          return Promise.resolve({ ticked: fields['More'] === true, note, until })
        },
        edit: (id: string, isTicked: boolean) =>
          Promise.resolve(bench.vendor('alpha').edit(id, { More: isTicked, Title: `Edited ${String(isTicked)}` })),
      },
      {
        name: 'sales',
        editor: 'rep@meridian.example',
        async show(id: string) {
          const rows = orgState.parse(await org.sandbox.control.state()).objects['Opportunity'] ?? []
          const row = rows.find((one) => one['Id'] === id) ?? {}
          return {
            ticked: row['Extension_Requested__c'] === true,
            note: text.parse(row['Registration_Note__c']),
            until: instant(text.parse(row['Protected_Until__c'])),
          }
        },
        async edit(id: string, isTicked: boolean) {
          await org.sandbox.control.clock.advance(2000)
          const fields = { Extension_Requested__c: isTicked }
          await org.sandbox.control.seed({ edit: [{ object: 'Opportunity', id, fields, by: users[0] }] })
        },
      },
      {
        name: 'growth',
        editor: 'sam.okafor@example.com',
        async show(id: string) {
          const all = accountState.parse(await rig.sandbox.control.state()).deals
          const properties = all.find((one) => one.id === id)?.properties ?? {}
          return {
            ticked: properties['extension_requested'] === 'true',
            note: text.parse(properties['registration_note']),
            until: instant(text.parse(properties['protected_until'])),
          }
        },
        async edit(id: string, isTicked: boolean) {
          await rig.tick(2000)
          const properties = { extension_requested: String(isTicked) }
          await rig.sandbox.control.seed({ update: [{ type: 'deals', id, properties, by: 502 }] })
          // Somebody else edits the deal before it is read.
          await rig.tick(1000)
          const edited = { dealname: `Edited ${String(isTicked)}` }
          await rig.sandbox.control.seed({ update: [{ type: 'deals', id, properties: edited, by: 501 }] })
        },
      },
    ].map((crm): [string, Crm] => [crm.name, crm]),
  )
  await bench.round()
}, 120_000)
afterAll(async () => {
  for (const close of closing) await close()
})

/** Reads a CRM's deals and writes what follows, until that is read back. */
async function rounds(name: string): Promise<void> {
  const object = name === 'sales' ? 'Opportunity' : 'deals'
  for (let i = 0; i < 3; i += 1) {
    while ((await bench.pull(name, object)).waitMs === 0);
    await bench.age()
    await bench.drain(name)
  }
}

const programmeOf = (home: string, policy: unknown = {}): Programme => ({
  policy: policySchema.parse(policy),
  systems: bench.systems,
  route: () => home,
})

let count = 0
/** A protected claim with its deal in that CRM. */
async function protectedIn(home: string): Promise<{ id: string; dealId: string; there: string; until: string }> {
  count += 1
  // Whole seconds, as Salesforce keeps them.
  const until = plus(`${new Date().toISOString().slice(0, 19)}.000Z`, 60 * DAY)
  const company = `Kontor ${String(count)} AG`
  const [partner] = await bench.db
    .insert(partners)
    .values({ name: `Nordwind ${String(count)}`, managerEmail: 'pam@vendor.example' })
    .returning()
  const [row] = await bench.db
    .insert(registrations)
    .values({
      partnerId: partner?.id ?? '',
      company,
      domain: `kontor${String(count)}.com`,
      nameKey: nameKey(company),
      state: 'approved',
      home,
      submittedAt: '2026-01-02T00:00:00.000Z',
      protectedFrom: '2026-01-03T00:00:00.000Z',
      protectedUntil: until,
    })
    .returning()
  if (row === undefined) throw new Error('no registration')
  const created = await bench.db.transaction((tx) =>
    createDeal(tx, programmeOf(home), row, partner, { home, protectedUntil: until }),
  )
  await bench.db.update(registrations).set(created).where(eq(registrations.id, row.id))
  await rounds(home)
  const [link] = await bench.db.select().from(links).where(eq(links.recordId, created.dealId))
  return { id: row.id, dealId: created.dealId, there: link?.externalId ?? '', until }
}

/** The claim's process, to where it waits. */
async function settled(id: string): Promise<void> {
  const programme = programmeOf('')
  let step = await next(bench.db, programme, id)
  while (step.do !== 'wait' && step.do !== 'end') step = await take(bench.db, programme, id, step.do, steps[step.do])
}

const crmOf = (name: string): Crm => {
  const found = crms.get(name)
  if (found === undefined) throw new Error(`no ${name}`)
  return found
}
const wishesOf = (id: string) =>
  bench.db.select().from(extensions).where(eq(extensions.registrationId, id)).orderBy(extensions.round)
async function answer(name: string, id: string, decision: 'grant' | 'refuse'): Promise<void> {
  const open = await bench.db.select().from(tasks).where(eq(tasks.subjectId, id))
  const [task] = open.filter(({ state }) => state === 'open')
  const by = { label: 'key:mara', email: null, door: 'api' } as const
  await decide(bench.db, { taskId: task?.id ?? '', decision, reason: 'Because', by })
  await settled(id)
  await rounds(name)
}

describe.each(['alpha', 'sales', 'growth'])('the box on a deal of %s', (name) => {
  it('is one request however often it is read, and goes with the grant; the next that cannot be is answered in the note', async () => {
    const { show, edit, editor } = crmOf(name)
    const { id, there, until } = await protectedIn(name)
    expect(await show(there)).toEqual({ ticked: false, note: null, until })
    await edit(there, true)
    await rounds(name)
    await Promise.all([hearExtensions(bench.db, programmeOf(name)), hearExtensions(bench.db, programmeOf(name))])
    expect(await wishesOf(id)).toMatchObject([
      { state: 'wished', askedDoor: 'crm', askedBy: editor, until: plus(until, 30 * DAY) },
    ])
    await settled(id)
    await rounds(name)
    // It stands there while a person thinks about it.
    expect(await show(there)).toEqual({ ticked: true, note: null, until })
    await answer(name, id, 'grant')
    expect(await show(there)).toEqual({ ticked: false, note: null, until: plus(until, 30 * DAY) })
    expect(await wishesOf(id)).toMatchObject([{ state: 'granted' }])

    // Once is all that the policy allows.
    await edit(there, true)
    await rounds(name)
    expect(await show(there)).toMatchObject({
      ticked: false,
      note: 'Not extended as asked. It was extended already, and the policy allows that once.',
    })
    expect(await wishesOf(id)).toHaveLength(1)
    // The timeline keeps who asked, and why in vain.
    const told = () =>
      bench.rows(
        `select what, actor, detail ->> 'because' as because from events where subject_id = '${id}' and what like 'extension.%' order by at`,
      )
    expect(await told()).toEqual([
      { what: 'extension.asked', actor: editor, because: null },
      { what: 'extension.not-asked', actor: editor, because: 'too-often' },
    ])
    expect(await bench.rows(`select status from writes where status <> 'done'`)).toEqual([])

    // The end leaves one note, which also answers who asks too late.
    await bench.db
      .update(registrations)
      .set({ protectedUntil: '2026-03-01T23:30:00.000Z' })
      .where(eq(registrations.id, id))
    await settled(id)
    await rounds(name)
    const over = `The protection of the registration by Nordwind ${String(count)} of 2026-01-02 (${id}) ended on 2026-03-01 (UTC).`
    expect(await show(there)).toMatchObject({ ticked: false, note: over })
    await edit(there, true)
    await rounds(name)
    expect(await show(there)).toMatchObject({ ticked: false, note: `Not extended as asked. ${over}` })
    expect(await wishesOf(id)).toHaveLength(1)
    expect((await told()).slice(2)).toEqual([
      { what: 'extension.not-asked', actor: editor, because: 'CW_TRANSITION_ILLEGAL' },
    ])
  }, 120_000)
})

describe('the box', () => {
  it('goes with a refusal, whose note goes with the next request; with the claim’s end it is moot', async () => {
    const { show, edit } = crmOf('alpha')
    const { id, there, until } = await protectedIn('alpha')
    await edit(there, true)
    await rounds('alpha')
    await settled(id)
    await answer('alpha', id, 'refuse')
    const refused = await show(there)
    expect(refused).toMatchObject({ ticked: false, until })
    expect(refused.note).toMatch(/^A longer protection was asked for and refused on [\d-]+ \(UTC\)\.$/)
    await edit(there, true)
    await rounds('alpha')
    expect(await show(there)).toEqual({ ticked: true, note: null, until })
    await bench.db
      .update(registrations)
      .set({ protectedUntil: '2026-03-01T00:00:00.000Z' })
      .where(eq(registrations.id, id))
    await settled(id)
    await rounds('alpha')
    expect(await wishesOf(id)).toMatchObject([{ state: 'refused' }, { state: 'moot' }])
    const ended = await show(there)
    expect(ended.ticked).toBe(false)
    expect(ended.note).toContain('ended on 2026-03-01')
  }, 60_000)

  it('of a deal that nothing protects, or too early, is answered, and the others are heard all the same', async () => {
    const { show, edit } = crmOf('alpha')
    const direct = bench.vendor('alpha').put('deals', { Title: 'Direct', More: true })
    const held = bench.vendor('alpha').put('deals', { Title: 'Held', More: false })
    await rounds('alpha')
    await bench.db.update(deals).set({ underReview: 'true' }).where(eq(deals.name, 'Held'))
    bench.vendor('alpha').edit(held, { More: true })
    const [early, fine, revoked] = [await protectedIn('alpha'), await protectedIn('alpha'), await protectedIn('alpha')]
    await bench.db.update(registrations).set({ state: 'revoked' }).where(eq(registrations.id, revoked.id))
    // Only observed, so that nobody is answered: everything stays as it is.
    await bench.db.update(connections).set({ mode: 'observe' }).where(eq(connections.name, 'alpha'))
    for (const { there } of [early, fine, revoked]) await edit(there, true)
    await rounds('alpha')
    expect(await wishesOf(fine.id)).toEqual([])
    await bench.db.update(connections).set({ mode: 'live' }).where(eq(connections.name, 'alpha'))
    await bench.db
      .update(registrations)
      .set({ protectedUntil: plus(new Date().toISOString(), 5 * DAY) })
      .where(eq(registrations.id, fine.id))
    await hearExtensions(bench.db, programmeOf('alpha', { exclusivity: { extension: { askFrom: '10d' } } }))
    await rounds('alpha')
    const tooEarly = await show(early.there)
    expect(tooEarly.ticked).toBe(false)
    expect(tooEarly.note).toMatch(/^Not extended as asked\. It can be asked for from [\d-]+ \(UTC\) on\.$/)
    expect(await show(revoked.there)).toMatchObject({
      ticked: false,
      note: 'Not extended as asked. The registration is revoked, and protects nothing.',
    })
    expect(await show(direct)).toMatchObject({
      ticked: false,
      note: 'Not extended as asked. No registration protects this deal.',
    })
    expect(await show(held)).toMatchObject({
      ticked: false,
      note: 'Not extended as asked. This deal is under review, and no registration protects it.',
    })
    expect(await wishesOf(early.id)).toEqual([])
    expect(await wishesOf(fine.id)).toMatchObject([{ state: 'wished' }])
    expect(await show(fine.there)).toMatchObject({ ticked: true, note: null })
    expect(await bench.db.select().from(deals).where(eq(deals.extensionRequested, 'true'))).toHaveLength(1)
  }, 60_000)
})
