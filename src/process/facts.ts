/** A registration's row with what its rule needs to know besides, locked for the step that follows. */
import { and, eq, inArray, isNotNull, sql } from 'drizzle-orm'
import { isObservedHere } from '../db/connections.ts'
import { databaseNow, type Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import {
  conflicts,
  deals,
  exchanges,
  partners,
  proposedChanges,
  registrations,
  streams,
  tasks,
} from '../db/schema/index.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import { editedFields } from '../domain/claimed-keys.ts'
import type { RegistrationFacts } from '../domain/registration.ts'
import { isOpen } from '../domain/registration-states.ts'
import { plus, type Instant } from '../domain/time.ts'
import { objectFor, type System } from '../mapping/systems.ts'
import { confirmOf } from './confirm-task.ts'
import { extensionOf } from './extensions.ts'
import type { Programme } from './programme.ts'
import { presentKeys } from './claimed.ts'
import { submissionOf } from './submission.ts'

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
  const [task] = await tx
    .select({ state: tasks.state, decision: tasks.decision })
    .from(tasks)
    .where(and(eq(tasks.kind, 'approve-registration'), eq(tasks.subjectId, id), eq(tasks.round, row.round)))
  const [deal] =
    row.dealId === null
      ? []
      : await tx
          .select({ status: deals.status, accountId: deals.accountId })
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
      task: task ?? null,
      edited: editedFields(row.claimedKeys, presentKeys(row), programme.policy.edits.screenAgain).length > 0,
      proposal: state === 'approved' ? await proposalOf(tx, row) : null,
      info: { answered, remindAt: row.infoRemindAt, until: row.infoUntil },
      extension: state === 'approved' ? await extensionOf(tx, row.id) : null,
      dealStatus: deal?.status ?? null,
      dealMoved: state === 'approved' && isMoved(row, deal),
      confirm: await confirmOf(tx, row.confirmTaskId),
      lateWin: row.lateWin,
      offboarded: isOpen(state) ? await offboardedOf(tx, programme, row) : null,
      mergeInto: state === 'in-review' || state === 'info-requested' ? await mergeInto(tx, programme, row) : null,
    },
  }
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
 * The same partner's other claim that this one goes on in: an earlier one that was screened after it, and found it. Its own screening
 * told us by what it kept; this row is changed by its own process alone.
 */
async function mergeInto(tx: Tx, { policy }: Programme, row: Registration): Promise<string | null> {
  const rules = policy.precedence.filter(({ ruling }) => ruling === 'merge').map(({ name }) => name)
  if (rules.length === 0) return null
  const [found] = await tx
    .select({ id: registrations.id })
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
  return found?.id ?? null
}

/** Whether the question of the present round has its answer. */
async function isAnswered(tx: Tx, row: Registration): Promise<boolean> {
  const found = await tx
    .select({ id: exchanges.id })
    .from(exchanges)
    .where(and(eq(exchanges.registrationId, row.id), eq(exchanges.round, row.round), isNotNull(exchanges.answeredAt)))
  return found.length > 0
}

/**
 * The streams that must be read before the claim can be ruled.
 *
 * A portal counts as read when nothing submitted before the claim can be missing: its coverage, which allows for the vendor's lag,
 * has passed the submission (or, where the portal's clock runs ahead, the moment we heard of it). A CRM counts as read when a whole
 * reading began after we heard of the claim, less what the policy allows: what a search at that moment would have found is known.
 */
export async function behind(
  tx: Tx,
  programme: Programme,
  row: Registration,
): Promise<{ connection: string; object: string; until: Instant }[]> {
  const submission = submissionOf(row, row.clockAheadMs)
  const submitted = submission < row.createdAt ? submission : row.createdAt
  const heard = plus(row.createdAt, -programme.policy.screening.crmMaxAge)
  const wanted = [
    ...watched(programme, 'portal', ['registration']).map((stream) => ({
      ...stream,
      until: submitted,
      by: 'coverage',
    })),
    ...watched(programme, 'crm', ['account', 'deal']).map((stream) => ({ ...stream, until: heard, by: 'reading' })),
  ]
  const { rows } = await tx.execute<{ connection: string; object: string; until: string }>(sql`
    select w.connection, w.object, w.until
    from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as w(connection text, object text, until timestamptz, by text)
    left join ${streams} s on s.connection = w.connection and s.object = w.object
    where coalesce(case w.by when 'coverage' then s.covered_through else s.read_at end, '-infinity') < w.until
    order by w.connection, w.object`)
  return rows.map((stream) => ({ ...stream, until: new Date(stream.until).toISOString() }))
}

/** Asks the streams to be read that far, once for each wish: a stream that lags by its vendor's fault is not asked in a circle. */
export async function wantCoverage(tx: Tx, streamsBehind: Awaited<ReturnType<typeof behind>>): Promise<void> {
  for (const { connection, object, until } of streamsBehind) {
    const asked = await tx
      .insert(streams)
      .values({ connection, object, wantedThrough: until })
      .onConflictDoUpdate({
        target: [streams.connection, streams.object],
        set: { wantedThrough: sql`excluded.wanted_through` },
        setWhere: sql`${streams.wantedThrough} is null or ${streams.wantedThrough} < excluded.wanted_through`,
      })
      .returning({ connection: streams.connection })
    if (asked.length > 0) await nudge(tx, [workflowId.stream(connection, object)])
  }
}

function watched(
  programme: Programme,
  role: System['role'],
  kinds: ('registration' | 'account' | 'deal')[],
): { connection: string; object: string }[] {
  return [...programme.systems.values()]
    .filter((system) => system.role === role)
    .flatMap((system) =>
      kinds.flatMap((kind) => {
        const object = objectFor(system, kind)
        return object === undefined ? [] : [{ connection: system.name, object }]
      }),
    )
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
