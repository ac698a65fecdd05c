/** The steps of a registration. Each is one transaction; everything that leaves the house is a row first. */
import { and, eq, isNull } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { conflicts, registrations, tasks } from '../db/schema/index.ts'
import { deadlinesOf } from '../domain/decision-clock.ts'
import { isCertain } from '../domain/matching/reasons.ts'
import { approverFor } from '../domain/policy/terms.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { rule, splitOf, weigh, type Finding } from '../domain/ruling.ts'
import { dayIn, instantText, plus } from '../domain/time.ts'
import { keepJudgement } from './judgement.ts'
import { claimFacts, claimOf, withTiers } from './claim-facts.ts'
import { keysOf } from './claimed.ts'
import { clockOf } from './clock-of.ts'
import { extensionSteps } from './extension-steps.ts'
import { editSteps } from './edit-steps.ts'
import { behind } from './coverage.ts'
import { currentTask, managerOf, partnerOf, type Registration, type Situation } from './facts.ts'
import { findRivals, lockClaim } from './findings.ts'
import { confirmTask } from './confirm-task.ts'
import { keepFindings } from './findings/keep.ts'
import { infoSteps } from './info-steps.ts'
import { lifeSteps } from './life-steps.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { approve, ask, decline, followRuling } from './registration-outcomes.ts'
import { endPending, noDeadlines } from './ended.ts'
import { withCitation } from './reasons.ts'
import { lapseNote } from './registration-note.ts'
import { askedAgain, lapsedBefore } from './registered-again.ts'
import { rejudgeSteps } from './rejudge-steps.ts'
import { tellConflicts } from './tell-conflict.ts'
import { change, record, type Take } from './step.ts'
import { clockAheadOf } from './submission.ts'

/** Every step by its name; the workflow's history shows these names. */
export const steps: Record<RegistrationStep, Take> = {
  receive: async (tx, programme, { row, now }) => {
    await record(tx, programme, row, { what: 'registration.received', stepKey: 'receive' })
    const clockAheadMs = await clockAheadOf(tx, row.id)
    await change(tx, row, {
      state: 'screening',
      screenBy: plus(now, programme.policy.screening.wait),
      clockAheadMs,
      claimedKeys: keysOf(row),
    })
  },

  /** Rules the claim once, under the locks of its identity keys. */
  screen: async (tx, programme, situation) => {
    const { row } = situation
    await lockClaim(tx, row, programme.policy.matching)
    const partner = await partnerOf(tx, row)
    const claim = claimOf(row, partner)
    const findings = await withTiers(tx, await findRivals(tx, row, programme.policy.matching))
    const weighed = weigh(claim, findings, programme.policy)
    await keepFindings(tx, row, row.round, weighed)
    const covered = (await behind(tx, programme, row)).length === 0
    const today = dayIn(programme.policy.exclusivity.timeZone, situation.now)
    const earlier = await lapsedBefore(tx, programme, row)
    const soon = earlier !== undefined && claim.submittedAt < earlier.againFrom ? earlier : undefined
    const tooSoon = soon?.isSame === true ? soon : undefined
    const ruling = rule(claim, findings, { covered, today }, programme.policy)
    const followed = soon === undefined ? ruling : askedAgain(ruling)
    await keepJudgement(tx, programme, row, {
      claim,
      findings,
      covered,
      today,
      ruling,
      split: splitOf(weighed, programme.policy),
    })
    const event = await record(tx, programme, row, {
      what: 'registration.screened',
      stepKey: `screen:${String(row.round)}`,
      rule: tooSoon === undefined ? followed.rule : 'register-again',
      detail: {
        ruling: tooSoon === undefined ? followed.ruling : 'decline',
        findings: findings.length,
        covered,
        ...(earlier === undefined ? {} : { earlier: earlier.id }),
      },
    })
    await tellConflicts(tx, programme, row, event, findings)
    // A named rule decides although something stands beside the claim: whoever answers for it hears so before it takes effect.
    if (followed.ruling === 'approve' && findings.length > 0)
      await tell(tx, programme, row, event, 'conflict.decided', ['manager'])
    if (earlier?.isSame === true)
      await tx.update(registrations).set({ previousId: earlier.id }).where(eq(registrations.id, row.id))
    if (tooSoon !== undefined) {
      const reason = `Your protection of this company lapsed; it may be registered again from ${instantText(plus(tooSoon.againFrom, 59_999))} on.`
      const by = { rule: 'register-again', actor: 'system' }
      return decline(tx, programme, row, { ...by, reason: withCitation(reason, by.rule, programme.policy) })
    }
    // Where somebody else is asked whoever answers for the partner hears of it all the same, before anything takes effect.
    const manager = managerOf(programme, partner)?.toLowerCase()
    const approver = approverFor(programme.policy, claimFacts(row, partner), partner?.managerEmail ?? null)
    if (followed.ruling === 'ask' && findings.length > 0 && approver?.to.toLowerCase() !== manager)
      await tell(tx, programme, row, event, 'conflict.asked', ['manager'])
    await followRuling(tx, programme, situation, partner, followed)
  },

  ...infoSteps,
  ...editSteps,

  remind: async (tx, programme, { row, now }) => {
    const event = await record(tx, programme, row, {
      what: 'task.reminded',
      stepKey: `remind:${String(row.round)}:${now}`,
    })
    await tell(tx, programme, row, event, 'task.reminder', ['approver'])
    await change(tx, row, { remindAt: deadlinesOf(clockOf(programme, row, now), now).remindAt })
  },

  /** The next rung of the ladder; the task stays open, for a late decision is better than none. */
  escalate: async (tx, programme, { row, now }) => {
    const clock = clockOf(programme, row, now)
    const to = clock.terms.ladder[clock.rung]?.to ?? null
    const event = await record(tx, programme, row, {
      what: 'task.escalated',
      stepKey: `escalate:${String(row.round)}:${String(clock.rung)}`,
      detail: { rung: clock.rung + 1 },
    })
    await tx.update(tasks).set({ escalatedTo: to }).where(currentTask(row))
    await tell(tx, programme, row, event, 'task.escalated', [{ as: 'director', to }, 'approver'])
    const risen = { ...clock, rung: clock.rung + 1 }
    await change(tx, row, { clock: risen, ...deadlinesOf(risen, now) })
  },

  approve: async (tx, programme, situation) => {
    const [task] = await tx.select().from(tasks).where(currentTask(situation.row))
    await approveUnlessTaken(tx, programme, situation, { rule: 'decision', actor: task?.decidedBy ?? 'system' })
  },

  /** The end of the ladder: what the policy makes of a silence. No silence approves over an open conflict. */
  conclude: async (tx, programme, situation) => {
    const { row, now } = situation
    const { terms } = clockOf(programme, row, now)
    const by = { rule: 'ladder-end', actor: 'system' }
    if (terms.end?.decision === 'approve' && (await hasOpenConflict(tx, row))) {
      await record(tx, programme, row, {
        what: 'task.not-concluded',
        // By the version: a clock that another policy judges anew may end once more.
        stepKey: `conclude:${String(row.version)}`,
        rule: by.rule,
        detail: { because: 'open-conflict' },
      })
      const clock = { ...clockOf(programme, row, now), terms: { ...terms, end: null } }
      return change(tx, row, { clock, concludeAt: null })
    }
    await tx
      .update(tasks)
      .set({ state: 'expired' })
      .where(and(currentTask(row), eq(tasks.state, 'open')))
    if (terms.end?.decision === 'approve') return approveUnlessTaken(tx, programme, situation, by)
    const reason = 'Nobody decided in time, and our policy declines then.'
    return decline(tx, programme, row, { ...by, reason: withCitation(reason, by.rule, programme.policy) })
  },

  ...rejudgeSteps,

  decline: async (tx, programme, { row }) => {
    const [task] = await tx.select().from(tasks).where(currentTask(row))
    await decline(tx, programme, row, {
      rule: 'decision',
      actor: task?.decidedBy ?? 'system',
      reason: task?.reason ?? null,
    })
  },

  ...extensionSteps,

  /** Of reminders that were missed together, such as while everything stood still, people get one. */
  remindExpiry: async (tx, programme, { row, now }) => {
    const event = await record(tx, programme, row, {
      what: 'exclusivity.reminded',
      stepKey: `remind-expiry:${row.expiryRemindAt ?? now}`,
      detail: { until: row.protectedUntil },
    })
    await tell(tx, programme, row, event, 'exclusivity.ending', ['partner', 'manager'])
    const [next, ...later] = row.expiryReminders.filter((at) => at > now)
    await change(tx, row, { expiryRemindAt: next ?? null, expiryReminders: later })
  },

  ...lifeSteps,

  /** Ends the protection. In law it ended at its instant; this tells everyone. */
  lapse: async (tx, programme, { row }) => {
    const event = await record(tx, programme, row, {
      what: 'registration.lapsed',
      stepKey: 'lapse',
      rule: 'exclusivity',
    })
    await endPending(tx, row)
    const note = lapseNote(programme.policy, row, await partnerOf(tx, row))
    await change(tx, row, { state: 'lapsed', reason: 'The exclusive period ended.' }, note)
    await tell(tx, programme, row, event, 'registration.lapsed', ['partner', 'manager'])
  },

  /** By a manager's word, or by the answer of who was asked whether the claim stands. */
  revoke: async (tx, programme, { row }) => {
    const task =
      row.revokedAt !== null || row.confirmTaskId === null ? undefined : await confirmTask(tx, row.confirmTaskId)
    const event = await record(tx, programme, row, {
      what: 'registration.revoked',
      stepKey: `revoke:${String(row.version)}`,
      rule: 'decision',
      actor: task?.decidedBy ?? row.revokedBy ?? 'system',
    })
    await endPending(tx, row)
    const reason = task?.reason ?? row.revokedReason
    await change(tx, row, { state: 'revoked', reason, confirmTaskId: null, ...noDeadlines })
    await tell(tx, programme, row, event, 'registration.revoked', ['partner', 'manager'])
  },

  withdraw: async (tx, programme, { row }) => {
    const event = await record(tx, programme, row, {
      what: 'registration.withdrawn',
      stepKey: 'withdraw',
      actor: row.withdrawnBy ?? row.portal,
    })
    await endPending(tx, row)
    await change(tx, row, { state: 'withdrawn', ...noDeadlines })
    await tell(tx, programme, row, event, 'registration.withdrawn', ['manager'])
  },
}

/** Two managers may have approved two claims on one prospect: the second is asked again, now with the first beside it. */
async function approveUnlessTaken(
  tx: Tx,
  programme: Programme,
  situation: Situation,
  by: { rule: string; actor: string },
): Promise<void> {
  const { row } = situation
  await lockClaim(tx, row, programme.policy.matching)
  const rival = await protectedRival(tx, programme, row)
  const partner = await partnerOf(tx, row)
  if (rival === undefined) return approve(tx, programme, situation, partner, by)
  const open = { says: 'ask', rule: 'conflict-check', why: 'protected-for-another' } as const
  await keepFindings(tx, row, row.round + 1, [{ finding: rival, ...open }])
  return ask(tx, programme, situation, partner, { ruling: 'ask', rule: open.rule, why: [open.why] })
}

/** Whether a person was to rule on what stands beside the claim. */
async function hasOpenConflict(tx: Tx, row: Registration): Promise<boolean> {
  const open = await tx
    .select({ id: conflicts.id })
    .from(conflicts)
    .where(and(eq(conflicts.registrationId, row.id), eq(conflicts.blocks, 'ask'), isNull(conflicts.ruling)))
    .limit(1)
  return open.length > 0
}

/** Another claim on the same prospect that is under protection now, unless the person who approved was shown it. */
async function protectedRival(tx: Tx, programme: Programme, row: Registration): Promise<Finding | undefined> {
  const rivals = (await findRivals(tx, row, programme.policy.matching)).filter(
    (f) => f.kind === 'registration' && f.other.state === 'approved' && isCertain(f),
  )
  if (rivals.length === 0) return undefined
  const shown = await tx
    .select({ otherId: conflicts.otherId })
    .from(conflicts)
    .where(and(eq(conflicts.registrationId, row.id), eq(conflicts.blocks, 'ask')))
  return rivals.find((rival) => !shown.some(({ otherId }) => otherId === rival.otherId))
}
