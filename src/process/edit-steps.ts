/** What an edit makes of a claim: screened anew before the approval, a question to a person after it. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { standingOf } from '../db/proposed-changes.ts'
import { conflicts, registrations, proposedChanges, tasks } from '../db/schema/index.ts'
import { editedFields } from '../domain/claimed-keys.ts'
import { isCertain } from '../domain/matching/reasons.ts'
import { approverFor } from '../domain/policy/terms.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { weigh, type Finding } from '../domain/ruling.ts'
import { plus } from '../domain/time.ts'
import { companyKeys } from '../domain/identity.ts'
import { claimFacts, claimOf, withTiers } from './claim-facts.ts'
import { keysOf, presentKeys } from './claimed.ts'
import { currentTask, partnerOf, type Registration } from './facts.ts'
import { findRivals, lockClaim } from './findings.ts'
import { keepFindings } from './findings/keep.ts'
import { noDeadlines } from './ended.ts'
import { tell } from './notices/tell.ts'
import type { Programme } from './programme.ts'
import { tellConflicts } from './tell-conflict.ts'
import { change, record, type Take } from './step.ts'

type EditStep = Extract<RegistrationStep, 'rescreen' | 'proposeChange' | 'settleChange'>

export const editSteps: Record<EditStep, Take> = {
  /** What was found, asked or decided was about another claim: it begins anew with what the claim says now. */
  rescreen: async (tx, programme, { row, now }) => {
    const fields = editedFields(row.claimedKeys, presentKeys(row), programme.policy.edits.screenAgain)
    await tx
      .update(tasks)
      .set({ state: 'cancelled' })
      .where(and(currentTask(row), eq(tasks.state, 'open')))
    await record(tx, programme, row, {
      what: 'registration.rescreened',
      stepKey: `rescreen:${String(row.version)}`,
      rule: 'edits',
      detail: { fields: fields.join(' ') },
    })
    await change(tx, row, {
      state: 'screening',
      claimedKeys: keysOf(row),
      screenBy: plus(now, programme.policy.screening.wait),
      clock: null,
      decideBy: null,
      ...noDeadlines,
    })
  },

  /** Asks a person, with what the changed claim would meet beside it. */
  proposeChange: async (tx, programme, { row, now }) => {
    const proposal = await standingOf(tx, row.id)
    if (proposal === undefined) return
    const partner = await partnerOf(tx, row)
    const dueAt = plus(now, programme.policy.decision.within)
    const approver = approverFor(programme.policy, claimFacts(row, partner), partner?.managerEmail ?? null)
    const met = await findRivals(tx, changedBy(row, proposal.fields), programme.policy.matching)
    const why = ['locked-fields', ...new Set(met.map(codeOf))]
    const [task] = await tx
      .insert(tasks)
      .values({
        kind: 'accept-change',
        subjectId: row.id,
        round: proposal.round,
        why,
        assignee: approver?.to ?? null,
        dueAt,
      })
      .returning({ id: tasks.id })
    const event = await record(tx, programme, row, {
      what: 'change.proposed',
      stepKey: `propose:${String(proposal.round)}`,
      rule: 'edits',
      actor: proposal.actor,
      detail: {
        fields: Object.keys(proposal.fields).join(' '),
        findings: met.length,
        dueAt,
        approver: approver?.rule ?? null,
        taskId: task?.id ?? null,
        proposalId: proposal.id,
      },
    })
    await tell(tx, programme, row, event, 'change.proposed', ['manager', 'partner'])
  },

  settleChange: async (tx, programme, { row }) => {
    const proposal = await standingOf(tx, row.id)
    if (proposal === undefined) return
    const [task] = await tx
      .select()
      .from(tasks)
      .where(and(eq(tasks.kind, 'accept-change'), eq(tasks.subjectId, row.id), eq(tasks.round, proposal.round)))
    const isAccepted = task?.decision === 'accept'
    await tx
      .update(proposedChanges)
      .set({ state: isAccepted ? 'accepted' : 'refused', decidedAt: sql`now()` })
      .where(eq(proposedChanges.id, proposal.id))
    const event = await record(tx, programme, row, {
      what: isAccepted ? 'change.accepted' : 'change.refused',
      stepKey: `settle-change:${String(proposal.round)}`,
      rule: 'decision',
      actor: task?.decidedBy ?? 'system',
      detail: { fields: Object.keys(proposal.fields).join(' '), taskId: task?.id ?? null, proposalId: proposal.id },
    })
    if (isAccepted) {
      const values = Object.fromEntries(Object.entries(proposal.fields).map(([field, { to }]) => [field, to]))
      await updateRecords(tx, 'registration', [{ id: row.id, values }])
      const [after] = await tx.select().from(registrations).where(eq(registrations.id, row.id))
      if (after === undefined) throw new Error(`the registration ${row.id} is gone`)
      const claimedKeys = keysOf(after)
      await tx.update(registrations).set({ claimedKeys }).where(eq(registrations.id, row.id))
      if (editedFields(row.claimedKeys, presentKeys(after), programme.policy.edits.screenAgain).length > 0)
        await meetAnew(tx, programme, { ...after, claimedKeys }, event)
    }
    // Either way: a portal that shows the partner's value is shown the one in force, where it takes one.
    await planWrites(tx, [row.id])
    await tell(tx, programme, row, event, isAccepted ? 'change.accepted' : 'change.refused', ['partner'])
  },
}

/**
 * What the changed claim stands beside and did not before: a person has seen it and accepted, so it is kept as ruled, and the partners of
 * both sides hear of each other's claim as of any.
 */
async function meetAnew(tx: Tx, programme: Programme, row: Registration, eventId: string): Promise<void> {
  const { policy } = programme
  await lockClaim(tx, row, policy.matching)
  const known = await tx
    .selectDistinct({ otherId: conflicts.otherId })
    .from(conflicts)
    .where(eq(conflicts.registrationId, row.id))
  const met = (await findRivals(tx, row, policy.matching)).filter(
    (finding) => !known.some(({ otherId }) => otherId === finding.otherId),
  )
  const findings = await withTiers(tx, met)
  await keepFindings(tx, row, row.round, weigh(claimOf(row, await partnerOf(tx, row)), findings, policy))
  await tx
    .update(conflicts)
    .set({ ruling: 'approved', ruledAt: sql`now()` })
    .where(and(eq(conflicts.registrationId, row.id), isNull(conflicts.ruling)))
  await tellConflicts(tx, programme, row, eventId, findings)
}

/** The claim as the proposal would have it. */
function changedBy(row: Registration, fields: Record<string, { to: string | null }>): Registration {
  const next = { ...row, ...Object.fromEntries(Object.entries(fields).map(([field, { to }]) => [field, to])) }
  return { ...next, ...companyKeys(next.company) }
}

function codeOf(finding: Finding): string {
  return isCertain(finding) ? finding.kind : `${finding.kind}-by-name`
}
