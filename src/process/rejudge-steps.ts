/** Running clocks after an edit of the policy that says they are judged anew: they count from where they began. */
import type { Tx } from '../db/connection.ts'
import { tasks } from '../db/schema/index.ts'
import { deadlinesOf, rejudgeClock, termsOf } from '../domain/decision-clock.ts'
import { exclusivityFor } from '../domain/policy/terms.ts'
import { remindersOf } from '../domain/protection.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { plus, type Instant } from '../domain/time.ts'
import { claimFacts } from './claim-facts.ts'
import { clockOf } from './clock-of.ts'
import { timesExtended } from './extensions.ts'
import { currentTask, partnerOf, type Registration } from './facts.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { change, record, type Take } from './step.ts'

export const rejudgeSteps: Record<Extract<RegistrationStep, 'rejudge'>, Take> = {
  rejudge: async (tx, programme, { row, now }) => {
    if (row.state === 'approved') return rejudgeProtection(tx, programme, row, now)
    const { region } = claimFacts(row, await partnerOf(tx, row))
    const clock = rejudgeClock(clockOf(programme, row, now), termsOf(programme.policy, region))
    const deadlines = deadlinesOf(clock, now)
    await record(tx, programme, row, {
      what: 'clock.rejudged',
      stepKey: `rejudge:${String(row.version)}`,
      rule: 'edits',
      detail: { from: row.decideBy, decideBy: deadlines.decideBy },
    })
    if (deadlines.decideBy !== null) await tx.update(tasks).set({ dueAt: deadlines.decideBy }).where(currentTask(row))
    await change(tx, row, { clock, ...deadlines, policyVersion: programme.policy.version })
  },
}

/** A protection that a person extended stays as it was given. */
async function rejudgeProtection(tx: Tx, programme: Programme, row: Registration, now: Instant): Promise<void> {
  const policyVersion = programme.policy.version
  const term = exclusivityFor(programme.policy, claimFacts(row, await partnerOf(tx, row)))
  const isExtended = (await timesExtended(tx, row.id)) > 0
  const until = isExtended ? row.protectedUntil : plus(row.protectedFrom ?? now, term.for)
  if (until === null || until === row.protectedUntil) return change(tx, row, { policyVersion })
  const event = await record(tx, programme, row, {
    what: 'exclusivity.rejudged',
    stepKey: `rejudge:${String(row.version)}`,
    rule: term.rule,
    detail: { from: row.protectedUntil, until },
  })
  const [next, ...later] = remindersOf(until, term.reminders, now)
  const values = { protectedUntil: until, expiryRemindAt: next ?? null, expiryReminders: later, policyVersion }
  await change(tx, row, values, { protectedUntil: until })
  await tell(tx, programme, row, event, 'exclusivity.rejudged', ['partner', 'manager'])
}
