/** The steps of a registration. Each is one transaction; everything that leaves the house is a row first. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { conflicts, partners, registrations, tasks } from '../db/schema/index.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { blocks, isCertain, rule, type Claim, type Finding, type Ruling } from '../domain/ruling.ts'
import { plus } from '../domain/time.ts'
import { createDeal } from './create-deal.ts'
import { behind, type Registration, type Situation } from './facts.ts'
import { findRivals, lockClaim } from './findings.ts'
import type { Programme } from './programme.ts'
import { change, record, tell, type Take } from './step.ts'

type Partner = typeof partners.$inferSelect

/** Every step by its name; the workflow's history shows these names. */
export const steps: Record<RegistrationStep, Take> = {
  receive: async (tx, programme, { row, now }) => {
    await record(tx, programme, row, { what: 'registration.received', stepKey: 'receive' })
    await change(tx, row, { state: 'screening', screenBy: plus(now, programme.policy.screening.wait) })
  },

  /** Rules the claim once, under the locks of its identity keys. */
  screen: async (tx, programme, situation) => {
    const { row } = situation
    await lockClaim(tx, row)
    const partner = await partnerOf(tx, row)
    const claim = claimOf(row, partner)
    const findings = await findRivals(tx, row)
    const judged = findings.map((finding) => ({ ...finding, blocks: blocks(claim, finding) }))
    await keepFindings(tx, row, row.round, judged)
    const covered = (await behind(tx, programme, row)).length === 0
    const ruling = rule(claim, findings, covered, programme.policy)
    const event = await record(tx, programme, row, {
      what: 'registration.screened',
      stepKey: `screen:${String(row.round)}`,
      rule: ruling.rule,
      detail: { ruling: ruling.ruling, findings: findings.length, covered },
    })
    await tellRivals(tx, row, event, findings)
    await followRuling(tx, programme, situation, partner, ruling)
  },

  remind: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const event = await record(tx, programme, row, { what: 'task.reminded', stepKey: `remind:${String(row.round)}` })
    await tell(tx, row, event, 'task.reminder', [managerOf(programme, partner)])
    await change(tx, row, { remindAt: null })
  },

  /** The one escalation; the task stays open, for a late decision is better than none. */
  escalate: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const to = programme.policy.decision.escalateTo
    const event = await record(tx, programme, row, { what: 'task.escalated', stepKey: `escalate:${String(row.round)}` })
    await tx.update(tasks).set({ escalatedTo: to }).where(currentTask(row))
    await tell(tx, row, event, 'task.escalated', [to, managerOf(programme, partner)])
    await change(tx, row, { escalateAt: null, remindAt: null })
  },

  approve: async (tx, programme, situation) => {
    const { row } = situation
    await lockClaim(tx, row)
    const rival = await protectedRival(tx, row)
    const partner = await partnerOf(tx, row)
    // Two managers may have approved two claims on one prospect: the second is asked again, now with the first beside it.
    if (rival !== undefined) {
      await keepFindings(tx, row, row.round + 1, [{ ...rival, blocks: 'ask' }])
      return ask(tx, programme, situation, partner, {
        ruling: 'ask',
        rule: 'first-in-time',
        why: ['protected-for-another'],
      })
    }
    const [task] = await tx.select().from(tasks).where(currentTask(row))
    await approve(tx, programme, situation, partner, { rule: 'decision', actor: task?.decidedBy ?? 'system' })
  },

  decline: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const [task] = await tx.select().from(tasks).where(currentTask(row))
    await decline(tx, programme, row, partner, {
      rule: 'decision',
      actor: task?.decidedBy ?? 'system',
      reason: task?.reason ?? null,
    })
  },

  remindExpiry: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const event = await record(tx, programme, row, { what: 'exclusivity.reminded', stepKey: 'remind-expiry' })
    await tell(tx, row, event, 'exclusivity.ending', [partner?.email ?? null, managerOf(programme, partner)])
    await change(tx, row, { expiryRemindAt: null })
  },

  win: (tx, programme, { row }) => close(tx, programme, row, 'won'),
  lose: (tx, programme, { row }) => close(tx, programme, row, 'lost'),

  /** Ends the protection. In law it ended at its instant; this tells everyone. */
  lapse: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const event = await record(tx, programme, row, {
      what: 'registration.lapsed',
      stepKey: 'lapse',
      rule: 'exclusivity',
    })
    await change(tx, row, { state: 'lapsed', reason: 'The exclusive period ended.' })
    await tell(tx, row, event, 'registration.lapsed', [partner?.email ?? null, managerOf(programme, partner)])
  },

  withdraw: async (tx, programme, { row }) => {
    const partner = await partnerOf(tx, row)
    const event = await record(tx, programme, row, { what: 'registration.withdrawn', stepKey: 'withdraw' })
    await tx
      .update(tasks)
      .set({ state: 'cancelled' })
      .where(and(currentTask(row), eq(tasks.state, 'open')))
    await change(tx, row, { state: 'withdrawn' })
    await tell(tx, row, event, 'registration.withdrawn', [managerOf(programme, partner)])
  },
}

async function followRuling(
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
      return decline(tx, programme, situation.row, partner, {
        rule: ruling.rule,
        actor: 'system',
        reason: REASONS[ruling.rule] ?? null,
      })
    case 'ask':
      return ask(tx, programme, situation, partner, ruling)
  }
}

/** What a partner is told when a rule declines; neither the other partner's name nor amount. */
const REASONS: Record<string, string> = {
  'first-in-time': 'Another partner registered this company before.',
  'duplicate-submission': 'You have already registered this company.',
}

async function approve(
  tx: Tx,
  programme: Programme,
  { row, now }: Situation,
  partner: Partner | undefined,
  by: { rule: string; actor: string },
): Promise<void> {
  const { exclusivity } = programme.policy
  const length = exclusivity.byTier[partner?.tier ?? ''] ?? exclusivity.for
  const protectedUntil = plus(now, length)
  const home = programme.route({
    group: partner?.group ?? null,
    tier: partner?.tier ?? null,
    country: null,
    currency: row.currency,
  })
  const event = await record(tx, programme, row, {
    what: 'registration.approved',
    stepKey: 'approve',
    rule: by.rule,
    actor: by.actor,
    detail: { home, protectedUntil },
  })
  const created = await createDeal(tx, programme, row, partner, { home, protectedUntil })
  await change(tx, row, {
    state: 'approved',
    reason: null,
    home,
    ...created,
    protectedFrom: now,
    protectedUntil,
    expiryRemindAt: exclusivity.remindBefore < length ? plus(protectedUntil, -exclusivity.remindBefore) : null,
    remindAt: null,
    escalateAt: null,
    policyVersion: programme.policy.version,
  })
  await tx.update(conflicts).set({ ruling: 'approved', ruledAt: now }).where(eq(conflicts.registrationId, row.id))
  await tell(tx, row, event, 'registration.approved', [partner?.email ?? null, managerOf(programme, partner)])
}

async function decline(
  tx: Tx,
  programme: Programme,
  row: Registration,
  partner: Partner | undefined,
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
    remindAt: null,
    escalateAt: null,
    policyVersion: programme.policy.version,
  })
  await tx
    .update(conflicts)
    .set({ ruling: 'declined', ruledAt: sql`now()` })
    .where(eq(conflicts.registrationId, row.id))
  await tell(tx, row, event, 'registration.declined', [partner?.email ?? null, managerOf(programme, partner)])
}

/** Opens a task with its deadline and tells the manager. */
async function ask(
  tx: Tx,
  programme: Programme,
  { row, now }: Situation,
  partner: Partner | undefined,
  ruling: Extract<Ruling, { ruling: 'ask' }>,
): Promise<void> {
  const { decision } = programme.policy
  const round = row.round + 1
  const dueAt = plus(now, decision.within)
  const assignee = managerOf(programme, partner)
  await tx
    .insert(tasks)
    .values({ kind: 'approve-registration', subjectId: row.id, round, why: ruling.why, assignee, dueAt })
  const event = await record(tx, programme, row, {
    what: 'task.opened',
    stepKey: `ask:${String(round)}`,
    rule: ruling.rule,
    detail: { why: ruling.why.join(' '), dueAt },
  })
  await change(tx, row, {
    state: 'in-review',
    round,
    decideBy: dueAt,
    escalateAt: dueAt,
    remindAt: decision.remindAfter < decision.within ? plus(now, decision.remindAfter) : null,
    policyVersion: programme.policy.version,
  })
  await tell(tx, row, event, 'task.opened', [assignee])
}

async function close(tx: Tx, programme: Programme, row: Registration, state: 'won' | 'lost'): Promise<void> {
  const partner = await partnerOf(tx, row)
  const event = await record(tx, programme, row, {
    what: `registration.${state}`,
    stepKey: 'close',
    actor: row.home ?? 'system',
  })
  await change(tx, row, { state, expiryRemindAt: null })
  await tell(tx, row, event, `registration.${state}`, [partner?.email ?? null, managerOf(programme, partner)])
}

async function keepFindings(
  tx: Tx,
  row: Registration,
  round: number,
  findings: (Finding & { blocks: 'yes' | 'no' | 'ask' })[],
): Promise<void> {
  if (findings.length === 0) return
  await tx
    .insert(conflicts)
    .values(
      findings.map((f) => ({
        registrationId: row.id,
        partnerId: row.partnerId,
        round,
        kind: f.kind,
        otherId: f.otherId,
        score: f.score,
        evidence: { matchedOn: f.matchedOn, score: f.score },
        blocks: f.blocks,
      })),
    )
    .onConflictDoNothing()
}

/** The partners of the other claims learn that they are challenged, and nothing of the challenger. */
async function tellRivals(tx: Tx, row: Registration, eventId: string, findings: Finding[]): Promise<void> {
  for (const finding of findings) {
    if (finding.kind !== 'registration' || finding.other.partnerId === row.partnerId) continue
    const [other] = await tx.select().from(registrations).where(eq(registrations.id, finding.otherId))
    if (other === undefined) continue
    const partner = await partnerOf(tx, other)
    await tell(tx, other, eventId, 'conflict.detected', [partner?.email ?? null])
    await nudge(tx, [workflowId.registration(other.id)])
  }
}

/** Another claim on the same prospect that is under protection now, unless the person who approved was shown it. */
async function protectedRival(tx: Tx, row: Registration): Promise<Finding | undefined> {
  const rivals = (await findRivals(tx, row)).filter(
    (f) => f.kind === 'registration' && f.other.state === 'approved' && isCertain(f),
  )
  if (rivals.length === 0) return undefined
  const shown = await tx
    .select({ otherId: conflicts.otherId })
    .from(conflicts)
    .where(and(eq(conflicts.registrationId, row.id), eq(conflicts.blocks, 'ask')))
  return rivals.find((rival) => !shown.some(({ otherId }) => otherId === rival.otherId))
}

async function partnerOf(tx: Tx, row: Registration): Promise<Partner | undefined> {
  if (row.partnerId === null) return undefined
  const [partner] = await tx.select().from(partners).where(eq(partners.id, row.partnerId))
  return partner
}

function managerOf(programme: Programme, partner: Partner | undefined): string | null {
  return partner?.managerEmail ?? programme.policy.decision.approver
}

function claimOf(row: Registration, partner: Partner | undefined): Claim {
  const { id, partnerId, submittedAt, createdAt, amount, currency } = row
  return {
    id,
    partnerId: partnerId ?? '',
    submittedAt: submittedAt ?? createdAt,
    amount,
    currency,
    tier: partner?.tier ?? null,
  }
}

function currentTask(row: Registration) {
  return and(eq(tasks.kind, 'approve-registration'), eq(tasks.subjectId, row.id), eq(tasks.round, row.round))
}
