/** A partner edits a registration in its portal: the rules of an edit hold there as by every other door. */
import { eq } from 'drizzle-orm'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { events, nudges, proposedChanges, registrations } from '../../src/db/schema/index.ts'
import { capability, field, ours, portalCapabilities, portalMappings, startBench, type Bench } from '../setup/bench.ts'

let bench: Bench
let claim: string
let shown: string
beforeAll(async () => {
  const [partnersMapping, claims] = portalMappings
  if (partnersMapping === undefined || claims === undefined) throw new Error('no mappings')
  bench = await startBench({
    portal: { role: 'portal', capabilities: portalCapabilities, mappings: portalMappings },
    // A portal that takes our value of what its partner said.
    both: {
      role: 'portal',
      capabilities: [
        ...portalCapabilities.slice(0, 1),
        capability('claims', ['registration'], { write: 'set', key: null }),
      ],
      mappings: [
        partnersMapping,
        {
          ...claims,
          fields: [
            ...claims.fields.filter((f) => f.field !== 'company'),
            field('company', 'company', { required: true }),
            field('products', 'products', { create: 'in', update: 'in' }),
            field('state', 'state', ours),
          ],
        },
      ],
    },
  })
  claim = await registered('portal', 'Hafen AG')
  shown = await registered('both', 'Werft AG')
}, 60_000)
afterAll(() => bench.close())

async function registered(connection: string, company: string): Promise<string> {
  const vendor = bench.vendor(connection)
  const partner = vendor.put('partners', { name: `Partner of ${company}` })
  const id = vendor.put('claims', { partner, company, amount: '100' })
  await bench.settle()
  return id
}

const row = async (company: string) =>
  (await bench.db.select().from(registrations).where(eq(registrations.company, company)))[0]

async function approve(company: string): Promise<string> {
  const found = await row(company)
  if (found === undefined) throw new Error(`no ${company}`)
  await bench.db.update(registrations).set({ state: 'approved' }).where(eq(registrations.id, found.id))
  return found.id
}

it('wakes the process when what is screened by was edited, and tells of every edit', async () => {
  const id = (await row('Hafen AG'))?.id ?? ''
  await bench.db.delete(nudges)
  bench.vendor('portal').edit(claim, { amount: '200' })
  await bench.round()
  const woken = async () => (await bench.db.select().from(nudges)).map(({ workflowId }) => workflowId)
  expect(await woken()).not.toContain(`registration/${id}`)
  bench.vendor('portal').edit(claim, { company: 'Hafen SE' })
  await bench.round()
  expect(await woken()).toContain(`registration/${id}`)
  const told = (await bench.db.select().from(events).where(eq(events.subjectId, id))).filter(
    ({ what }) => what === 'registration.edited',
  )
  expect(told.map(({ actor, detail }) => [actor, detail])).toEqual([
    ['portal', { fields: 'amount' }],
    ['portal', { fields: 'company' }],
  ])
})

it('keeps what is locked since the approval and proposes the portal’s value, once', async () => {
  const id = await approve('Hafen SE')
  await bench.db.delete(nudges)
  bench.vendor('portal').edit(claim, { company: 'Hafen International', close: '2099-01-31' })
  await bench.settle()
  await bench.settle()
  expect(await row('Hafen SE')).toMatchObject({ id, closeDate: '2099-01-31' })
  const proposed = () => bench.db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id))
  expect(await proposed()).toMatchObject([
    { state: 'open', actor: 'portal', fields: { company: { from: 'Hafen SE', to: 'Hafen International' } } },
  ])
  expect((await bench.db.select().from(nudges)).map(({ workflowId }) => workflowId)).toContain(`registration/${id}`)
  // This portal takes no value of ours: it goes on showing the partner's until a person has decided.
  expect(bench.vendor('portal').one(claim).fields['company']).toBe('Hafen International')
})

it('shows a portal that takes our value the one in force until a person has decided', async () => {
  const id = await approve('Werft AG')
  bench.vendor('both').edit(shown, { company: 'Werft International', products: 'Cranes' })
  await bench.settle()
  expect(await row('Werft AG')).toMatchObject({ id, products: 'Cranes' })
  expect(bench.vendor('both').one(shown).fields['company']).toBe('Werft AG')
  const [proposal] = await bench.db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id))
  expect(proposal).toMatchObject({
    state: 'open',
    fields: { company: { from: 'Werft AG', to: 'Werft International' } },
  })
})
