/** The steps of a direct deal's review. Each is one transaction; everything that leaves the house is a row first. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { updateRecords } from '../../db/ledger.ts'
import { planWrites } from '../../db/outbox.ts'
import { tasks } from '../../db/schema/index.ts'
import { endOf, rulingOf, type DirectReviewStep } from '../../domain/direct-deal.ts'
import { isCertain } from '../../domain/matching/reasons.ts'
import { plus } from '../../domain/time.ts'
import { tell } from '../notices/tell.ts'
import type { Programme } from '../programme.ts'
import { changeReview, noteReview } from './note.ts'
import { isRepUnread, managerOfOwner, ownerOf, tellRep } from './people.ts'
import { followReviewRuling } from './rulings.ts'
import type { ReviewSituation } from './situation.ts'

export type TakeReview = (tx: Tx, programme: Programme, situation: ReviewSituation) => Promise<void>

/** Every step by its name; the workflow's history shows these names. */
export const reviewSteps: Record<DirectReviewStep, TakeReview> = {
  /** Tells the rep, and holds the deal where it certainly stands at the registered account. A name alone holds nobody. */
  alert: async (tx, programme, s) => {
    const holds = programme.policy.directDeals.hold && s.canHold && isCertain(s.row)
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.alerted',
      detail: { holds, score: s.row.score, matchedOn: s.row.matchedOn.join(' ') },
    })
    if (holds) await say(tx, s, { underReview: 'true' })
    const repUntold = await isRepUnread(tx, s)
    await changeReview(tx, s, {
      state: 'in-review',
      repUntold,
      connection: s.deal.home ?? s.row.connection,
      ...(holds ? { heldStage: s.deal.stage, heldAt: s.now } : {}),
    })
    const template = holds ? 'direct-deal.held' : 'direct-deal.noticed'
    await tellRep(tx, programme, s, event, template)
    await tell(tx, programme, s.registration, event, template, ['manager'])
  },

  /** The rep was only an id when the deal was found. */
  tellRep: async (tx, programme, s) => {
    const event = await noteReview(tx, programme, s, { what: 'direct-deal.rep-told' })
    await changeReview(tx, s, { repUntold: false })
    await tellRep(tx, programme, s, event, s.deal.underReview === 'true' ? 'direct-deal.held' : 'direct-deal.noticed')
  },

  /** Asks the manager of the rep. */
  ask: async (tx, programme, s) => {
    const { within, remindAfter, escalateTo, atEnd, endAfter } = programme.policy.directDeals
    const { to: assignee, rule: approver } = await managerOfOwner(tx, programme, s)
    const dueAt = plus(s.now, within)
    const [task] = await tx
      .insert(tasks)
      .values({
        kind: 'review-direct-deal',
        subjectId: s.row.id,
        round: s.row.round,
        why: isCertain(s.row) ? ['registered-account'] : ['registered-account-by-name'],
        assignee,
        dueAt,
      })
      .returning({ id: tasks.id })
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.asked',
      detail: { taskId: task?.id ?? null, dueAt, approver },
    })
    const remindMs = remindAfter === undefined ? within / 2 : remindAfter
    await changeReview(tx, s, {
      assignee,
      decideBy: dueAt,
      remindAt: remindMs !== null && remindMs < within ? plus(s.now, remindMs) : null,
      escalateAt: escalateTo === null ? null : dueAt,
      concludeAt: atEnd === 'wait' ? null : plus(s.now, endAfter ?? within),
      policyVersion: programme.policy.version,
    })
    await tell(tx, programme, s.registration, event, 'direct-deal.asked', [{ as: 'manager', to: assignee }])
  },

  remind: async (tx, programme, s) => {
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.reminded',
      detail: { taskId: await taskOf(tx, s) },
    })
    await changeReview(tx, s, { remindAt: null })
    await tell(tx, programme, s.registration, event, 'direct-deal.reminded', [{ as: 'manager', to: s.row.assignee }])
  },

  escalate: async (tx, programme, s) => {
    const { escalateTo } = programme.policy.directDeals
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.escalated',
      detail: { taskId: await taskOf(tx, s) },
    })
    await tx.update(tasks).set({ escalatedTo: escalateTo }).where(currentReviewTask(s))
    await changeReview(tx, s, { escalateAt: null, remindAt: null })
    await tell(tx, programme, s.registration, event, 'direct-deal.escalated', [
      { as: 'director', to: escalateTo },
      { as: 'manager', to: s.row.assignee },
    ])
  },

  /** Nobody decided: the policy does. */
  conclude: async (tx, programme, s) => {
    const { atEnd } = programme.policy.directDeals
    await tx
      .update(tasks)
      .set({ state: 'expired' })
      .where(and(currentReviewTask(s), eq(tasks.state, 'open')))
    const ruling = rulingOf(atEnd)
    if (ruling === null) return changeReview(tx, s, { concludeAt: null })
    await followReviewRuling(tx, programme, s, ruling, { rule: 'direct-deals-at-end', actor: 'system' })
  },

  /** It was moved before its CRM held it: the stage that it has now is the one that it keeps. */
  follow: async (tx, programme, s) => {
    await noteReview(tx, programme, s, { what: 'direct-deal.stage-followed', key: `follow:${s.deal.version}` })
    await changeReview(tx, s, { heldStage: s.deal.stage })
  },

  /** The deal was moved although it is held: its stage is put back, and the rep is told, once for each time. */
  setBack: async (tx, programme, s) => {
    const attempt = s.row.setBacks + 1
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.set-back',
      key: `set-back:${attempt}`,
      detail: { attempt },
    })
    // Open again, as the stage was: the CRM says so when it has taken the stage.
    await say(tx, s, { stage: s.row.heldStage, status: 'open' })
    await changeReview(tx, s, { setBacks: attempt })
    await tellRep(tx, programme, s, event, 'direct-deal.set-back')
  },

  /** Somebody, or a workflow of the CRM, insists: nobody is served by a fight, so the stage is left and the manager is told. */
  letGo: async (tx, programme, s) => {
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.let-go',
      detail: { attempts: s.row.setBacks, taskId: await taskOf(tx, s) },
    })
    await changeReview(tx, s, { letGo: true, heldStage: null })
    await tell(tx, programme, s.registration, event, 'direct-deal.let-go', [
      { as: 'manager', to: s.row.assignee },
      { as: 'director', to: programme.policy.directDeals.escalateTo },
    ])
  },

  rule: async (tx, programme, s) => {
    const [task] = await tx.select().from(tasks).where(currentReviewTask(s))
    const ruling = rulingOf(task?.decision ?? null)
    if (ruling === null) throw new Error(`the review ${s.row.id} has no ruling`)
    await followReviewRuling(tx, programme, s, ruling, { rule: 'decision', actor: task?.decidedBy ?? 'system' })
  },

  /** Nothing is left to decide. */
  close: async (tx, programme, s) => {
    const why = endOf(s.facts, s.now)
    await tx
      .update(tasks)
      .set({ state: 'cancelled' })
      .where(and(currentReviewTask(s), eq(tasks.state, 'open')))
    const event = await noteReview(tx, programme, s, {
      what: 'direct-deal.closed',
      detail: { why },
    })
    if (s.deal.underReview === 'true') await say(tx, s, { underReview: 'false' })
    await changeReview(tx, s, { state: 'ended', endedBy: why, endedAt: s.now, heldStage: null })
    // Who was never told of it need not hear that it is over.
    if (s.row.state === 'found') return
    await tell(tx, programme, s.registration, event, 'direct-deal.closed', [
      { as: 'rep', to: (await ownerOf(tx, s))?.email ?? null },
      { as: 'manager', to: s.row.assignee },
    ])
  },
}

/** Changes the deal in the ledger and has its home told. */
async function say(tx: Tx, { deal }: ReviewSituation, values: Record<string, string | null>): Promise<void> {
  await updateRecords(tx, 'deal', [{ id: deal.id, values }])
  await planWrites(tx, [deal.id], deal.home === null ? {} : { only: deal.home })
}

export function currentReviewTask({ row }: ReviewSituation) {
  return and(eq(tasks.kind, 'review-direct-deal'), eq(tasks.subjectId, row.id), eq(tasks.round, row.round))
}

async function taskOf(tx: Tx, s: ReviewSituation): Promise<string | null> {
  const [task] = await tx.select({ id: tasks.id }).from(tasks).where(currentReviewTask(s))
  return task?.id ?? null
}
