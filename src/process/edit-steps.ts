/** What an edit makes of a claim: screened anew before the approval, a question to a person after it. */
import { and, eq, sql } from 'drizzle-orm'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { standingOf } from '../db/proposed-changes.ts'
import { registrations, proposedChanges, tasks } from '../db/schema/index.ts'
import { editedFields } from '../domain/claimed-keys.ts'
import { isCertain } from '../domain/matching/reasons.ts'
import { approverFor } from '../domain/policy/terms.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import type { Finding } from '../domain/ruling.ts'
import { plus } from '../domain/time.ts'
import { companyKeys } from '../domain/identity.ts'
import { claimFacts } from './claim-facts.ts'
import { keysOf, presentKeys } from './claimed.ts'
import { currentTask, partnerOf, type Registration } from './facts.ts'
import { findRivals } from './findings.ts'
import { tell } from './notices/tell.ts'
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
      remindAt: null,
      escalateAt: null,
      infoRemindAt: null,
      infoUntil: null,
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
      if (after !== undefined)
        await tx
          .update(registrations)
          .set({ claimedKeys: keysOf(after) })
          .where(eq(registrations.id, row.id))
    }
    // Either way: a portal that shows the partner's value is shown the one in force, where it takes one.
    await planWrites(tx, [row.id])
    await tell(tx, programme, row, event, isAccepted ? 'change.accepted' : 'change.refused', ['partner'])
  },
}

/** The claim as the proposal would have it. */
function changedBy(row: Registration, fields: Record<string, { to: string | null }>): Registration {
  const next = { ...row, ...Object.fromEntries(Object.entries(fields).map(([field, { to }]) => [field, to])) }
  return { ...next, ...companyKeys(next.company) }
}

function codeOf(finding: Finding): string {
  return isCertain(finding) ? finding.kind : `${finding.kind}-by-name`
}
