/** What a ruling or a person's decision does to a registration: approved, declined, or asked of a person; and how it closes. */
import { eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { conflicts, tasks } from '../db/schema/index.ts'
import { deadlinesOf, startClock, termsOf, type DecisionClock } from '../domain/decision-clock.ts'
import { approverFor, exclusivityFor } from '../domain/policy/terms.ts'
import { remindersOf } from '../domain/protection.ts'
import type { Ruling } from '../domain/ruling.ts'
import { plus } from '../domain/time.ts'
import { claimFacts } from './claim-facts.ts'
import { noDeadlines, endPending } from './ended.ts'
import { merge } from './merge-claim.ts'
import { createDeal } from './create-deal.ts'
import { managerOf, type Partner, type Registration, type Situation } from './facts.ts'
import { tell } from './notices/tell.ts'
import { priceOf } from './price.ts'
import type { Programme } from './programme.ts'
import { reasonOf } from './reasons.ts'
import { creditOf, shareCredit } from './split-credit.ts'
import { clearEarlierNote } from './registration-note.ts'
import { change, record } from './step.ts'

export async function followRuling(
  tx: Tx,
  programme: Programme,
  situation: Situation,
  partner: Partner | undefined,
  ruling: Ruling,
): Promise<void> {
  switch (ruling.ruling) {
    case 'approve':
      return approve(tx, programme, situation, partner, { rule: ruling.rule, actor: 'system' })
    case 'decline':
      return decline(tx, programme, situation.row, {
        rule: ruling.rule,
        actor: 'system',
        reason: reasonOf(ruling, programme.policy),
      })
    case 'merge':
      return merge(tx, programme, situation.row, ruling)
    case 'ask':
      return ask(tx, programme, situation, partner, ruling)
  }
}

export async function approve(
  tx: Tx,
  programme: Programme,
  { row, now }: Situation,
  partner: Partner | undefined,
  by: { rule: string; actor: string },
): Promise<void> {
  const term = exclusivityFor(programme.policy, claimFacts(row, partner))
  const protectedUntil = plus(now, term.for)
  const price = priceOf(programme, row, partner)
  const [reminder, ...later] = remindersOf(protectedUntil, term.reminders, now)
  // Where its deal lives, if it has one that a CRM's people opened.
  const routed = programme.route({
    group: partner?.group ?? null,
    tier: partner?.tier ?? null,
    country: row.country,
    currency: row.currency,
  })
  const home = row.home ?? routed
  const credit = await creditOf(tx, row)
  const event = await record(tx, programme, row, {
    what: 'registration.approved',
    stepKey: 'approve',
    rule: by.rule,
    actor: by.actor,
    detail: {
      home,
      protectedUntil,
      term: term.rule,
      price: price.rule,
      ...(credit === null ? {} : { share: credit.share }),
    },
  })
  await clearEarlierNote(tx, row)
  const created = await createDeal(tx, programme, row, partner, { home, protectedUntil, price: price.ofDeal })
  if (credit !== null) await shareCredit(tx, programme, row, created.dealId, credit)
  const values = {
    state: 'approved' as const,
    reason: null,
    home,
    ...created,
    protectedFrom: now,
    protectedUntil,
    ...noDeadlines,
    expiryRemindAt: reminder ?? null,
    expiryReminders: later,
    policyVersion: programme.policy.version,
  }
  await change(tx, row, values, price.ofDeal)
  await tx.update(conflicts).set({ ruling: 'approved', ruledAt: now }).where(eq(conflicts.registrationId, row.id))
  await tell(tx, programme, row, event, 'registration.approved', ['partner', 'manager'])
}

export async function decline(
  tx: Tx,
  programme: Programme,
  row: Registration,
  by: { rule: string; actor: string; reason: string | null },
): Promise<void> {
  const event = await record(tx, programme, row, {
    what: 'registration.declined',
    stepKey: 'decline',
    rule: by.rule,
    actor: by.actor,
  })
  await change(tx, row, {
    state: 'declined',
    reason: by.reason,
    ...noDeadlines,
    policyVersion: programme.policy.version,
  })
  await tx
    .update(conflicts)
    .set({ ruling: 'declined', ruledAt: sql`now()` })
    .where(eq(conflicts.registrationId, row.id))
  await tell(tx, programme, row, event, 'registration.declined', ['partner', 'manager'])
}

/** Opens a task with its deadline and tells the manager. The clock starts anew, or goes on where a person was asked before. */
export async function ask(
  tx: Tx,
  programme: Programme,
  { row, now }: Situation,
  partner: Partner | undefined,
  ruling: Extract<Ruling, { ruling: 'ask' }>,
  going?: DecisionClock,
): Promise<void> {
  const round = row.round + 1
  const claim = claimFacts(row, partner)
  const clock = going ?? startClock(termsOf(programme.policy, claim.region), now)
  const { decideBy, ...deadlines } = deadlinesOf(clock, now)
  const dueAt = decideBy ?? now
  const approver = approverFor(programme.policy, claim, partner?.managerEmail ?? null)
  const assignee = approver?.to ?? null
  await tx
    .insert(tasks)
    .values({ kind: 'approve-registration', subjectId: row.id, round, why: ruling.why, assignee, dueAt })
  const event = await record(tx, programme, row, {
    what: 'task.opened',
    stepKey: `ask:${String(round)}`,
    rule: ruling.rule,
    detail: { why: ruling.why.join(' '), dueAt, approver: approver?.rule ?? null },
  })
  await change(tx, row, {
    state: 'in-review',
    round,
    clock,
    decideBy,
    ...deadlines,
    infoRemindAt: null,
    infoUntil: null,
    policyVersion: programme.policy.version,
  })
  // By name: the row that was read knows the task of the round before.
  await tell(tx, programme, row, event, 'task.opened', [
    { as: 'manager', to: assignee ?? managerOf(programme, partner) },
  ])
}

export async function close(tx: Tx, programme: Programme, row: Registration, state: 'won' | 'lost'): Promise<void> {
  const event = await record(tx, programme, row, {
    what: `registration.${state}`,
    stepKey: `close:${String(row.version)}`,
    actor: row.home ?? 'system',
  })
  await endPending(tx, row)
  await change(tx, row, { state, ...noDeadlines })
  await tell(tx, programme, row, event, `registration.${state}`, ['partner', 'manager'])
}
