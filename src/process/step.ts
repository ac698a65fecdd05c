/** How a step is taken: one transaction, an event whose key is unique, the new state, and a wake for everyone concerned. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { wakeReviewsOf } from '../db/direct-reviews.ts'
import { planWrites } from '../db/outbox.ts'
import { overtake } from '../db/proposed-changes.ts'
import { deals, events, links, registrations } from '../db/schema/index.ts'
import { nextStep, type Next, type RegistrationStep } from '../domain/registration.ts'
import { isOpen, leadsTo } from '../domain/registration-states.ts'
import type { RegistrationState } from '../domain/records.ts'
import { msBetween } from '../domain/time.ts'
import { behind, wantCoverage } from './coverage.ts'
import { situationOf, type Registration, type Situation } from './facts.ts'
import { priceAfter } from './price.ts'
import type { Programme } from './programme.ts'
import { paragraphOf } from './reasons.ts'
import type { Told } from './turn.ts'

/**
 * What the workflow is told: a step to take, or how long to wait by the database's clock and until when (null: until woken), or the
 * end. After a step it says which row of the table that one was.
 */
export type Instruction = Told<RegistrationStep>

export type Take = (tx: Tx, programme: Programme, situation: Situation) => Promise<void>

/**
 * What the registration needs next. When it has to wait, the row says until when, so that a lost server is noticed.
 *
 * @param isWatched whoever asks goes on asking: the claim need not be woken when the streams are read far enough
 */
export async function next(db: Db, programme: Programme, id: string, isWatched = false): Promise<Instruction> {
  return db.transaction(async (tx) => {
    const situation = await situationOf(tx, programme, id)
    if (situation === undefined) return { do: 'end' }
    await keepReference(tx, situation.row)
    return instruct(tx, programme, situation, isWatched)
  })
}

/** The CRM tells the deal's id some time after the approval; from then on the partner may be shown it. */
async function keepReference(tx: Tx, row: Registration): Promise<void> {
  if (row.crmReference === null && (await referenceOf(tx, row)) !== null) await change(tx, row, {})
}

/**
 * Takes one step if it is still the next one, and answers what follows. A worker that died after the commit takes it again:
 * the row has moved on by then, so nothing is done twice.
 */
export async function take(
  db: Db,
  programme: Programme,
  id: string,
  name: RegistrationStep,
  run: Take,
): Promise<Instruction> {
  return db.transaction(async (tx) => {
    const situation = await situationOf(tx, programme, id)
    if (situation === undefined) return { do: 'end' }
    const isNext = nextStep(situation.facts, situation.now).do === name
    if (isNext) await run(tx, programme, situation)
    const after = await situationOf(tx, programme, id)
    if (isNext && after !== undefined) assertRow(situation.row.state, name, after.row.state)
    if (after === undefined) return { do: 'end' }
    const instruction = await instruct(tx, programme, after)
    return isNext ? { ...instruction, took: `${situation.row.state} ${name} ${after.row.state}` } : instruction
  })
}

/** A step that left the table is thrown out with its transaction. */
function assertRow(from: RegistrationState, step: RegistrationStep, to: RegistrationState): void {
  if (!leadsTo(from, step, to)) throw new Error(`${step} led from ${from} to ${to}, which is no row of the table`)
}

async function instruct(
  tx: Tx,
  programme: Programme,
  { row, facts, now }: Situation,
  isWatched = false,
): Promise<Instruction> {
  const step: Next = nextStep(facts, now)
  const until = step.do === 'wait' ? step.until : null
  // One that is watched counts as due, as one that was woken: see `covered.ts`.
  const wakeAt = isWatched && step.do === 'wait' ? now : until
  if (row.wakeAt !== wakeAt) await tx.update(registrations).set({ wakeAt }).where(eq(registrations.id, row.id))
  if (step.do !== 'wait') return step
  if (row.state === 'screening') await wantCoverage(tx, await behind(tx, programme, row))
  return { do: 'wait', until, forMs: until === null ? null : Math.max(0, msBetween(now, until)) }
}

export interface EventFacts {
  what: string
  /** Unique for the registration: the same step cannot be taken twice. */
  stepKey: string
  actor?: string
  rule?: string
  detail?: Record<string, string | number | boolean | null>
}

/** Adds to the timeline and answers the event's id. It names the rule's paragraph beside the version, so that both can be read. */
export async function record(tx: Tx, programme: Programme, row: Registration, event: EventFacts): Promise<string> {
  const [added] = await tx
    .insert(events)
    .values({
      subjectId: row.id,
      partnerId: row.partnerId,
      stepKey: event.stepKey,
      what: event.what,
      actor: event.actor ?? 'system',
      rule: event.rule ?? null,
      policyVersion: programme.policy.version,
      detail: { ...event.detail, ...paragraphOf(programme.policy, event.rule) },
    })
    .returning({ id: events.id })
  if (added === undefined) throw new Error(`event ${event.stepKey} was not added`)
  return added.id
}

/** How long the portal's `approved` waits for the CRM's id of the deal, to tell both in one request. */
const REFERENCE_WAIT_MS = 3_000

/**
 * Changes the registration by compare-and-set on its version, and lets every system that holds it know. The deal follows in
 * its registration status, and in what else is given for it.
 */
export async function change(
  tx: Tx,
  row: Registration,
  values: Partial<typeof registrations.$inferInsert>,
  ofDeal: Partial<typeof deals.$inferInsert> = {},
): Promise<void> {
  const changed = await tx
    .update(registrations)
    .set({
      ...values,
      ...(values.state === undefined ? {} : { pipelineStage: values.state }),
      ...(row.dealId === null ? {} : { crmReference: await referenceOf(tx, row) }),
      version: sql`${registrations.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(and(eq(registrations.id, row.id), eq(registrations.version, row.version)))
    .returning({ id: registrations.id })
  if (values.state !== undefined && !isOpen(values.state)) await overtake(tx, row.id)
  if (changed.length === 0) throw new Error(`registration ${row.id} changed under its lock`)
  if (values.state !== undefined) await wakeReviewsOf(tx, row.id)
  const followed = {
    ...ofDeal,
    ...(values.state === undefined
      ? {}
      : { registrationStatus: values.state, ...(await priceAfter(tx, row, values.state)) }),
  }
  if (row.dealId !== null && Object.keys(followed).length > 0) {
    await tx
      .update(deals)
      .set({ ...followed, version: sql`${deals.version} + 1`, updatedAt: sql`now()` })
      .where(eq(deals.id, row.dealId))
    await planWrites(tx, [row.id, row.dealId])
  } else {
    await planWrites(tx, [row.id], { afterMs: values.state === 'approved' ? REFERENCE_WAIT_MS : 0 })
  }
}

/** The CRM's id of the deal, once it is known. */
async function referenceOf(tx: Tx, row: Registration): Promise<string | null> {
  if (row.dealId === null || row.home === null) return null
  const [link] = await tx
    .select({ externalId: links.externalId })
    .from(links)
    .where(and(eq(links.recordId, row.dealId), eq(links.connection, row.home)))
  return link?.externalId ?? null
}
