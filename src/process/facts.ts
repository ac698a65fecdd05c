/** A registration's row with what its rule needs to know besides, locked for the step that follows. */
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { isObservedHere } from '../db/connections.ts'
import { databaseNow, type Tx } from '../db/connection.ts'
import { conflicts, deals, exchanges, partners, proposedChanges, registrations, tasks } from '../db/schema/index.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import { editedFields } from '../domain/claimed-keys.ts'
import type { RegistrationFacts } from '../domain/registration.ts'
import { isOpen } from '../domain/registration-states.ts'
import { taskKinds } from '../domain/task-kinds.ts'
import type { Instant } from '../domain/time.ts'
import { confirmOf } from './confirm-task.ts'
import { extensionOf } from './extensions.ts'
import type { Programme } from './programme.ts'
import { presentKeys } from './claimed.ts'
import { behind } from './coverage.ts'

export type Registration = typeof registrations.$inferSelect
export type Partner = typeof partners.$inferSelect

export interface Situation {
  row: Registration
  facts: RegistrationFacts
  now: Instant
}

/** Locks the registration and gathers its facts; undefined when there is no such row. */
export async function situationOf(tx: Tx, programme: Programme, id: string): Promise<Situation | undefined> {
  const [found] = await tx
    .select({ row: registrations, observed: sql<boolean>`${isObservedHere(registrations.portal)}` })
    .from(registrations)
    .where(eq(registrations.id, id))
    .for('update')
  if (found === undefined) return undefined
  const { row, observed } = found
  const now = await databaseNow(tx)
  const task = (await holdTasks(tx, id)).find(
    ({ kind, round }) => kind === 'approve-registration' && round === row.round,
  )
  const [deal] =
    row.dealId === null
      ? []
      : await tx
          .select({ status: deals.status, accountId: deals.accountId, touched: deals.touched })
          .from(deals)
          .where(eq(deals.id, row.dealId))
  const answered = row.state === 'info-requested' ? await isAnswered(tx, row) : false
  const { state, screenBy, remindAt, escalateAt, expiryRemindAt, protectedUntil } = row
  return {
    row,
    now,
    facts: {
      state,
      observed,
      screenBy,
      remindAt,
      escalateAt,
      concludeAt: row.concludeAt,
      rejudge: isRejudged(programme, row),
      expiryRemindAt,
      protectedUntil,
      withdrawn: row.withdrawnAt !== null,
      revoked: row.revokedAt !== null,
      covered: state === 'screening' && (await behind(tx, programme, row)).length === 0,
      task: task === undefined ? null : { state: task.state, decision: task.decision },
      edited: editedFields(row.claimedKeys, presentKeys(row), programme.policy.edits.screenAgain).length > 0,
      proposal: state === 'approved' ? await proposalOf(tx, row) : null,
      info: { answered, remindAt: row.infoRemindAt, until: row.infoUntil },
      extension: state === 'approved' ? await extensionOf(tx, row.id) : null,
      dealStatus: deal?.status ?? null,
      dealClosedAt: deal?.touched['status'] ?? null,
      dealMoved: state === 'approved' && isMoved(row, deal),
      confirm: await confirmOf(tx, row.confirmTaskId),
      lateWin: row.lateWin,
      offboarded: isOpen(state) ? await offboardedOf(tx, programme, row) : null,
      mergeInto: state === 'in-review' || state === 'info-requested' ? await mergeInto(tx, programme, row) : null,
    },
  }
}

/** The kinds whose decisions its process reads. */
const asked = Object.entries(taskKinds).flatMap(([kind, { wakes }]) => (wakes === 'registration' ? [kind] : []))

/**
 * What people are asked about the claim, held while a step is taken: who decided before is heard, and who decides meanwhile waits and is
 * told how it ended. A step that ends a task by what it read before could otherwise overrule a person who was told that it is decided.
 */
function holdTasks(tx: Tx, id: string) {
  return tx
    .select({ kind: tasks.kind, round: tasks.round, state: tasks.state, decision: tasks.decision })
    .from(tasks)
    .where(and(anyOf(tasks.kind, asked), eq(tasks.subjectId, id)))
    .orderBy(tasks.id)
    .for('no key update')
}

/** How far a change of what is locked has come; null: none stands. */
async function proposalOf(tx: Tx, row: Registration): Promise<RegistrationFacts['proposal']> {
  const [standing] = await tx
    .select({ task: tasks.state })
    .from(proposedChanges)
    .leftJoin(
      tasks,
      and(
        eq(tasks.kind, 'accept-change'),
        eq(tasks.subjectId, proposedChanges.registrationId),
        eq(tasks.round, proposedChanges.round),
      ),
    )
    .where(and(eq(proposedChanges.registrationId, row.id), eq(proposedChanges.state, 'open')))
  if (standing === undefined) return null
  return standing.task === null ? 'new' : standing.task === 'decided' ? 'decided' : 'asked'
}

/** Whether the policy was edited since the claim's clocks began, and says that they are judged anew. */
function isRejudged({ policy }: Programme, row: Registration): boolean {
  return policy.edits.runningClocks === 'rejudge' && row.policyVersion !== null && row.policyVersion !== policy.version
}

/** Whether its deal stands at another account than the claim knows. */
function isMoved(row: Registration, deal: { accountId: string | null } | undefined): boolean {
  return deal !== undefined && deal.accountId !== null && row.accountId !== null && deal.accountId !== row.accountId
}

/** What the policy wants of a claim whose partner has left; null: nothing, or a person was asked. */
async function offboardedOf(tx: Tx, { policy }: Programme, row: Registration): Promise<'end' | 'ask' | null> {
  const { offboarded } = policy.partners
  if (offboarded === 'keep' || (offboarded === 'ask' && row.offboardAsked)) return null
  return (await partnerOf(tx, row))?.state === 'offboarded' ? offboarded : null
}

/**
 * The same partner's other claim that this one goes on in, and the rule that says so: an earlier one that was screened after it, and found
 * it. Its own screening told us by what it kept; this row is changed by its own process alone.
 */
async function mergeInto(tx: Tx, { policy }: Programme, row: Registration): Promise<RegistrationFacts['mergeInto']> {
  const rules = policy.precedence.filter(({ ruling }) => ruling === 'merge').map(({ name }) => name)
  if (rules.length === 0) return null
  const [found] = await tx
    .select({ into: registrations.id, rule: conflicts.rule })
    .from(conflicts)
    .innerJoin(registrations, eq(registrations.id, conflicts.registrationId))
    .where(
      and(
        eq(conflicts.otherId, row.id),
        eq(conflicts.kind, 'registration'),
        eq(conflicts.blocks, 'no'),
        inArray(conflicts.rule, rules),
        eq(registrations.partnerId, row.partnerId ?? ''),
        inArray(registrations.state, ['in-review', 'info-requested', 'approved']),
      ),
    )
    .limit(1)
  return found === undefined || found.rule === null ? null : { into: found.into, rule: found.rule }
}

/** Whether the question of the present round has its answer. */
async function isAnswered(tx: Tx, row: Registration): Promise<boolean> {
  const found = await tx
    .select({ id: exchanges.id })
    .from(exchanges)
    .where(and(eq(exchanges.registrationId, row.id), eq(exchanges.round, row.round), isNotNull(exchanges.answeredAt)))
  return found.length > 0
}

export async function partnerOf(tx: Tx, row: Registration): Promise<Partner | undefined> {
  if (row.partnerId === null) return undefined
  const [partner] = await tx.select().from(partners).where(eq(partners.id, row.partnerId))
  return partner
}

export function managerOf(programme: Programme, partner: Partner | undefined): string | null {
  return partner?.managerEmail ?? fallbackApprover(programme.policy)
}

export function currentTask(row: Registration) {
  return and(eq(tasks.kind, 'approve-registration'), eq(tasks.subjectId, row.id), eq(tasks.round, row.round))
}
