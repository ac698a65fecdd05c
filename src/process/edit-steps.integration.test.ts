/** Edits of a claim: screened again before the approval, a question to a person after it, and never a way to stand before others. */
import { and, eq } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { audit, auditValues, conflicts, events, proposedChanges, registrations, tasks } from '../db/schema/index.ts'
import type { Values } from '../domain/edit.ts'
import { decide } from './decide.ts'
import { startRig, type Rig } from './rig.test-support.ts'
import { edit } from './wishes/edit.ts'

let rig: Rig
let partner: string
let other: string
beforeAll(async () => {
  rig = await startRig({ version: '3' })
  partner = await rig.partner('Aurora')
  other = await rig.partner('Borealis')
}, 60_000)
afterAll(() => rig.close())

const mia = { label: 'Mia', email: null, door: 'api' } as const
const change = (id: string, values: Values) =>
  edit(rig.db, rig.programme, { registrationId: id, values, actor: 'link:7' })

/** A claim on a company of its own that waits for a decision. */
async function claimed(domain: string, by = partner): Promise<string> {
  const id = await rig.claim(by, { company: domain, domain })
  await rig.settle(id)
  return id
}

async function decided(
  id: string,
  kind: 'approve-registration' | 'accept-change',
  decision: 'approve' | 'accept' | 'refuse',
) {
  const [task] = await rig.db
    .select()
    .from(tasks)
    .where(and(eq(tasks.subjectId, id), eq(tasks.kind, kind), eq(tasks.state, 'open')))
  await decide(rig.db, { taskId: task?.id ?? '', decision, reason: 'Because.', by: mia })
  await rig.settle(id)
}

async function approved(domain: string): Promise<string> {
  const id = await claimed(domain)
  await decided(id, 'approve-registration', 'approve')
  return id
}

const eventOf = async (id: string, what: string) =>
  (
    await rig.db
      .select()
      .from(events)
      .where(and(eq(events.subjectId, id), eq(events.what, what)))
  )[0]

describe('before the approval', () => {
  it('has a claim that names another company screened again, and asks anew', async () => {
    const id = await claimed('edited-one.com')
    await rig.directDeal({ name: 'Other One', domain: 'other-one.com' })
    expect(await change(id, { company: 'Other One', domain: 'https://www.other-one.com/about' })).toEqual({
      applied: ['company', 'domain'],
      proposed: [],
    })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({
      state: 'in-review',
      round: 2,
      company: 'Other One',
      domain: 'other-one.com',
    })
    expect(await rig.tasks(id)).toMatchObject([{ state: 'cancelled' }, { state: 'open', why: ['direct-deal'] }])
    expect(await eventOf(id, 'registration.rescreened')).toMatchObject({
      rule: 'edits',
      policyVersion: '3',
      detail: { fields: 'company domain' },
    })
  })

  it('keeps what was edited and by whom, and the values where they can be erased', async () => {
    const id = await claimed('edited-two.com')
    await change(id, { contactEmail: 'new@edited-two.com', amount: '5' })
    expect(await eventOf(id, 'registration.edited')).toMatchObject({
      actor: 'link:7',
      detail: { fields: 'contactEmail amount' },
    })
    const [kept] = await rig.db
      .select({ before: auditValues.before, after: auditValues.after })
      .from(audit)
      .innerJoin(auditValues, eq(auditValues.auditId, audit.id))
      .where(eq(audit.recordId, id))
    expect(kept).toEqual({
      before: { contactEmail: null, amount: '1000' },
      after: { contactEmail: 'new@edited-two.com', amount: '5' },
    })
  })

  it('leaves the question as it is when nothing that is screened by was edited', async () => {
    const id = await claimed('edited-three.com')
    await change(id, { products: 'More of them', company: 'EDITED-THREE.COM' })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'in-review', round: 1, products: 'More of them' })
    expect(await change(id, { products: 'More of them' })).toEqual({ applied: [], proposed: [] })
  })

  it('takes no decision that was made about what it claims no more', async () => {
    const id = await claimed('edited-four.com')
    const [task] = await rig.tasks(id)
    await decide(rig.db, { taskId: task?.id ?? '', decision: 'approve', reason: null, by: mia })
    await change(id, { domain: 'another-four.com' })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'in-review', round: 2 })
  })

  it('counts from the edit against whoever claimed the company before it, and from the submission for the rest', async () => {
    const early = await claimed('placeholder.com')
    const honest = await claimed('wanted.com', other)
    await change(early, { company: 'wanted.com', domain: 'wanted.com' })
    await rig.settle(early)
    expect(await rig.row(early)).toMatchObject({
      state: 'declined',
      reason: 'Another partner registered this company before. (Rules of engagement, 2.2 first-in-time)',
    })
    expect(await rig.row(honest)).toMatchObject({ state: 'in-review' })
    // The later claim of a third is measured by the edit as well, and not by the early submission.
    const typo = await claimed('typo-in-name.com')
    await change(typo, { company: 'Typo in Name GmbH' })
    await rig.settle(typo)
    const late = await claimed('typo-in-name.com', other)
    expect(await rig.row(late)).toMatchObject({ state: 'declined' })
  })

  it('waits for the answer to a question before it screens again', async () => {
    const id = await claimed('edited-five.com')
    const [task] = await rig.tasks(id)
    await decide(rig.db, { taskId: task?.id ?? '', decision: 'ask-info', reason: 'Which domain?', by: mia })
    await rig.settle(id)
    await change(id, { domain: 'right-five.com' })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'info-requested' })
  })
})

describe('after the approval', () => {
  it('proposes what is locked, asks the manager, and lets the rest apply', async () => {
    const id = await approved('locked-one.com')
    expect(await change(id, { company: 'Locked SE', products: 'Two' })).toEqual({
      applied: ['products'],
      proposed: ['company'],
    })
    await rig.settle(id)
    expect(await rig.row(id)).toMatchObject({ state: 'approved', company: 'locked-one.com', products: 'Two' })
    const asked = (await rig.tasks(id)).filter(({ kind }) => kind === 'accept-change')
    expect(asked).toMatchObject([{ state: 'open', assignee: 'manager@vendor.example', why: ['locked-fields'] }])
    expect((await rig.notices(id)).filter(({ template }) => template === 'change.proposed')).toHaveLength(2)
  })

  it('is in force once it is accepted, and then the claim counts from the edit for what it brought in', async () => {
    const id = await approved('locked-two.com')
    await change(id, { domain: 'moved-two.com' })
    await rig.settle(id)
    await decided(id, 'accept-change', 'accept')
    const row = await rig.row(id)
    expect(row).toMatchObject({ state: 'approved', domain: 'moved-two.com' })
    expect(row.claimedKeys?.domain?.since).not.toBeNull()
    expect(await eventOf(id, 'change.accepted')).toMatchObject({ actor: 'Mia', rule: 'decision' })
  })

  it('leaves everything when it is refused, and says why', async () => {
    const id = await approved('locked-three.com')
    await change(id, { amount: '999999' })
    await rig.settle(id)
    await decided(id, 'accept-change', 'refuse')
    expect(await rig.row(id)).toMatchObject({ state: 'approved', amount: '1000' })
    const [proposal] = await rig.db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id))
    expect(proposal).toMatchObject({ state: 'refused', fields: { amount: { from: '1000', to: '999999' } } })
    expect((await rig.notices(id)).map(({ template }) => template)).toContain('change.refused')
  })

  it('shows the manager what the changed claim would meet', async () => {
    const id = await approved('locked-four.com')
    await rig.directDeal({ name: 'Met Four', domain: 'met-four.com' })
    await change(id, { domain: 'met-four.com' })
    await rig.settle(id)
    const asked = (await rig.tasks(id)).filter(({ kind }) => kind === 'accept-change')
    expect(asked).toMatchObject([{ why: ['locked-fields', 'direct-deal'] }])
  })

  it('that is accepted has its new rivals kept as ruled, and the partners of both sides told', async () => {
    const rival = await claimed('met-after.com', other)
    const id = await approved('locked-met.com')
    await change(id, { domain: 'met-after.com' })
    await rig.settle(id)
    await decided(id, 'accept-change', 'accept')
    const met = await rig.db.select().from(conflicts).where(eq(conflicts.registrationId, id))
    expect(met).toMatchObject([{ kind: 'registration', otherId: rival, ruling: 'approved' }])
    expect(met[0]?.otherToldAt).not.toBeNull()
    expect((await rig.notices(rival)).map(({ template }) => template)).toContain('conflict.detected')
    expect((await rig.notices(id)).map(({ template }) => template)).toContain('conflict.found')
  })

  it('goes on in a later proposal, so that a person is asked once about all fields, and ends with what goes back', async () => {
    const id = await approved('locked-five.com')
    await change(id, { company: 'Five SE' })
    await rig.settle(id)
    await change(id, { domain: 'five-se.com' })
    await rig.settle(id)
    const open = (await rig.tasks(id)).filter(({ kind, state }) => kind === 'accept-change' && state === 'open')
    expect(open).toHaveLength(1)
    const proposals = () =>
      rig.db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id)).orderBy(proposedChanges.round)
    expect(await proposals()).toMatchObject([
      { state: 'overtaken' },
      { state: 'open', fields: { company: {}, domain: {} } },
    ])
  })

  it('is overtaken when the registration ends', async () => {
    const id = await approved('locked-six.com')
    await change(id, { company: 'Six SE' })
    await rig.settle(id)
    await rig.dealIs(id, 'won')
    await rig.settle(id)
    const [proposal] = await rig.db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id))
    expect(proposal?.state).toBe('overtaken')
    expect((await rig.tasks(id)).filter(({ kind }) => kind === 'accept-change')).toMatchObject([{ state: 'cancelled' }])
    await expect(change(id, { products: 'x' })).rejects.toMatchObject({
      code: 'CW_TRANSITION_ILLEGAL',
      detail: { state: 'won' },
    })
  })
})

it('refuses a domain that is none', async () => {
  const id = await claimed('edited-seven.com')
  await expect(change(id, { domain: 'not a domain' })).rejects.toMatchObject({ code: 'CW_FIELD_INVALID' })
  const [row] = await rig.db.select().from(registrations).where(eq(registrations.id, id))
  expect(row?.domain).toBe('edited-seven.com')
})
