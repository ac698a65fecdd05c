/**
 * The one background loop: nudges and overdue clocks become signals. Whatever Temporal forgot is found here, for what should have
 * happened stands in rows.
 */
import { and, eq, inArray, isNotNull, isNull, lt, lte, not, or, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { isLiveHere, isObservedHere } from '../db/connections.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { isRefusedHere } from '../db/reauth.ts'
import { directReviews, nudges, registrations, streams, writes, notices } from '../db/schema/index.ts'
import { openStates } from '../domain/registration-states.ts'

/** Starts the workflow if it does not run, and wakes it. */
export type Wake = (workflowId: string) => Promise<void>

const BATCH = 200
/** A nudge in delivery is left alone for this long; after a crash another process takes it then. */
const HOLD_S = 10
/** A clock counts as forgotten when its instant passed so long ago. */
const GRACE_S = 10
/**
 * So many forgotten clocks at most are nudged in one round, the longest forgotten first. Where very many instants pass together, most
 * processes are only waiting for their turn: a signal for each of them, round after round, would cost more than their steps.
 */
const FORGOTTEN = 100

/** Delivers what is due, one signal a workflow. Answers how many rows were found, so that the caller goes on while there are more. */
export async function relayOnce(db: Db, wake: Wake): Promise<number> {
  const due = await db
    .update(nudges)
    .set({ dueAt: sql`now() + make_interval(secs => ${HOLD_S})` })
    .where(
      inArray(
        nudges.id,
        db
          .select({ id: nudges.id })
          .from(nudges)
          .where(lte(nudges.dueAt, sql`now()`))
          .orderBy(nudges.dueAt)
          .limit(BATCH)
          .for('update', { skipLocked: true }),
      ),
    )
    .returning({ id: nudges.id, workflowId: nudges.workflowId })
  const delivered = [...Map.groupBy(due, (row) => row.workflowId)].map(async ([target, rows]) => {
    await wake(target)
    // Only what was read: a nudge that came meanwhile is a row of its own and stays.
    await db.delete(nudges).where(
      inArray(
        nudges.id,
        rows.map((row) => row.id),
      ),
    )
  })
  await Promise.all(delivered)
  return due.length
}

/** Nudges every process whose instant passed without it having looked. */
export async function nudgeOverdue(db: Db): Promise<void> {
  const late = sql`now() - make_interval(secs => ${GRACE_S})`
  await db.transaction(async (tx) => {
    const asleep = await tx
      .update(registrations)
      .set({ wakeAt: sql`now()` })
      .where(
        inArray(
          registrations.id,
          tx
            .select({ id: registrations.id })
            .from(registrations)
            .where(
              and(
                inArray(registrations.state, [...openStates]),
                lt(registrations.wakeAt, late),
                not(isObservedHere(registrations.portal)),
              ),
            )
            .orderBy(registrations.wakeAt)
            .limit(FORGOTTEN)
            // One that is locked is being looked at.
            .for('update', { skipLocked: true }),
        ),
      )
      .returning({ id: registrations.id })
    const reviewing = await tx
      .update(directReviews)
      .set({ wakeAt: sql`now()` })
      .where(
        inArray(
          directReviews.id,
          tx
            .select({ id: directReviews.id })
            .from(directReviews)
            .where(and(isNull(directReviews.endedAt), lt(directReviews.wakeAt, late)))
            .orderBy(directReviews.wakeAt)
            .limit(FORGOTTEN)
            .for('update', { skipLocked: true }),
        ),
      )
      .returning({ id: directReviews.id })
    const still = await tx
      .update(streams)
      .set({ nextAt: sql`now()` })
      .where(and(lt(streams.nextAt, late), isNull(streams.pausedAt)))
      .returning({ connection: streams.connection, object: streams.object })
    const unsent = await tx
      .selectDistinct({ connection: writes.connection })
      .from(writes)
      .where(
        and(
          // What waits for new credentials is woken when they work.
          not(isRefusedHere(writes.connection)),
          or(
            and(
              inArray(writes.status, ['planned', 'sending', 'unclear']),
              lt(writes.notBefore, late),
              sql`coalesce(${writes.leaseUntil}, '-infinity') < ${late}`,
              // What an observed connection is wished waits for its go-live.
              or(
                inArray(writes.status, ['sending', 'unclear']),
                isNotNull(writes.restore),
                isLiveHere(writes.connection),
              ),
            ),
            and(eq(writes.status, 'parked'), lt(writes.retryAt, late), isLiveHere(writes.connection)),
          ),
        ),
      )
    const unmailed = await tx
      .select({ id: notices.id })
      .from(notices)
      .where(and(inArray(notices.status, ['planned', 'sending']), lt(notices.notBefore, late)))
      .limit(1)
    await nudge(tx, [
      ...asleep.map(({ id }) => workflowId.registration(id)),
      ...reviewing.map(({ id }) => workflowId.directDeal(id)),
      ...still.map(({ connection, object }) => workflowId.stream(connection, object)),
      ...unsent.map(({ connection }) => workflowId.sender(connection)),
      ...(unmailed.length > 0 ? [workflowId.mailer()] : []),
    ])
  })
}

/**
 * Starts everything again from rows: every open registration, every open review of a direct deal, every stream, every sender. Spread over time by the rows' own
 * clocks, so that a year's registrations do not start in one second.
 *
 * @param perSecond starts a second
 */
export async function rehydrate(db: Db, streamIds: string[], senderIds: string[], perSecond = 20): Promise<number> {
  return db.transaction(async (tx) => {
    // In the order of their ids, as every transaction that nudges: mailer, registrations, senders, streams.
    await nudge(tx, [workflowId.mailer()])
    const { rowCount } = await tx.execute(sql`
      insert into ${nudges} (workflow_id, due_at)
      select 'registration/' || id, now() + make_interval(secs => (row_number() over (order by wake_at nulls last, id))::float8 / ${perSecond}::float8)
      from ${registrations} where state in ${[...openStates]} and not ${isObservedHere(registrations.portal)} order by 1`)
    const reviews = await tx.execute(sql`
      insert into ${nudges} (workflow_id, due_at)
      select 'direct-deal/' || id, now() + make_interval(secs => (row_number() over (order by wake_at nulls last, id))::float8 / ${perSecond}::float8)
      from ${directReviews} where ended_at is null order by 1`)
    await nudge(tx, [...streamIds, ...senderIds])
    return (rowCount ?? 0) + (reviews.rowCount ?? 0)
  })
}

/** Makes sure that the processes which never end run: every stream, every sender, the mailer. */
export async function ensureStarted(db: Db, workflowIds: string[]): Promise<void> {
  await db.transaction((tx) => nudge(tx, [...workflowIds, workflowId.mailer()]))
}

/** Has every claim whose clocks run look at its row, spread over time: the policy was edited and they are judged anew. */
export async function wakeClocks(tx: Tx, perSecond = 20): Promise<void> {
  await tx.execute(sql`
    insert into ${nudges} (workflow_id, due_at)
    select 'registration/' || id, now() + make_interval(secs => (row_number() over (order by wake_at nulls last, id))::float8 / ${perSecond}::float8)
    from ${registrations} where state in ('in-review', 'info-requested', 'approved') and not ${isObservedHere(registrations.portal)} order by 1`)
}
