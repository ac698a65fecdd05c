/** A person's word to a connection: be written from now on, or be observed only. */
import { and, eq, ne, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { connections, nudges, registrations, runs, writes, type ConnectionMode } from '../db/schema/index.ts'
import { openStates } from '../domain/registration-states.ts'

export interface Switched {
  mode: ConnectionMode
  /** False: it was so already. */
  changed: boolean
  /** The go-live that its writes are counted and undone with. */
  runId: string | null
}

/** How many of a portal's waiting claims begin a second. */
const STARTS_PER_SECOND = 20

/**
 * Lets a connection be written: what was planned while it was observed leaves in one run, and the claims of an observed portal begin
 * with the dates that they have. Repeating it changes nothing.
 */
export async function goLive(db: Db, connection: string, actor: string): Promise<Switched> {
  return db.transaction(async (tx) => {
    if (!(await switchMode(tx, connection, 'live', actor))) {
      const [open] = await tx
        .select({ id: runs.id })
        .from(runs)
        .where(and(eq(runs.connection, connection), eq(runs.kind, 'go-live'), eq(runs.state, 'running')))
      return { mode: 'live', changed: false, runId: open?.id ?? null }
    }
    const [run] = await tx.insert(runs).values({ kind: 'go-live', connection, actor }).returning({ id: runs.id })
    if (run === undefined) throw new Error('the run was not made')
    await tellSwitch(tx, connection, 'live', actor, run.id)
    await tx.execute(sql`
      insert into ${nudges} (workflow_id, due_at)
      select 'registration/' || id, now() + make_interval(secs => (row_number() over (order by submitted_at nulls last, id))::float8 / ${STARTS_PER_SECOND}::float8)
      from ${registrations} where portal = ${connection} and state in ${[...openStates]} order by 1`)
    await nudge(tx, [workflowId.sender(connection)])
    return { mode: 'live', changed: true, runId: run.id }
  })
}

/** Stops writing to a connection: what is in flight is settled, and nothing else leaves. Repeating it changes nothing. */
export async function observe(db: Db, connection: string, actor: string): Promise<Switched> {
  return db.transaction(async (tx) => {
    const changed = await observeHere(tx, connection, actor, null)
    return { mode: 'observe', changed, runId: null }
  })
}

/** The same within a transaction. When it ends, every claim that was under way is visible as a write on its way. */
export async function observeHere(tx: Tx, connection: string, actor: string, runId: string | null): Promise<boolean> {
  if (!(await switchMode(tx, connection, 'observe', actor))) return false
  await tx
    .update(runs)
    .set({ state: 'done', endedAt: sql`now()` })
    .where(and(eq(runs.connection, connection), eq(runs.kind, 'go-live'), eq(runs.state, 'running')))
  await tellSwitch(tx, connection, 'observe', actor, runId)
  return true
}

/**
 * Ends what a drain has carried through: a go-live when nothing of it is due any more, an undo when none of its records waits. What
 * is parked is shown with the run and does not hold it open.
 */
export async function endRuns(db: Db, connection: string): Promise<void> {
  await db.execute(sql`
    update ${runs} r set state = 'done', ended_at = now(), moved_at = now()
    where r.connection = ${connection} and r.kind in ('go-live', 'undo') and r.state = 'running' and not exists (
      select from ${writes} w where w.connection = r.connection and case r.kind
        when 'undo' then w.run_id = r.id and w.status in ('planned', 'sending', 'unclear')
        else w.status = 'planned' and w.not_before <= now() or w.status in ('sending', 'unclear') end)`)
}

/** False when it is so already. A connection that was never made known begins as observed. */
async function switchMode(tx: Tx, connection: string, mode: ConnectionMode, actor: string): Promise<boolean> {
  await tx.insert(connections).values({ name: connection, by: actor }).onConflictDoNothing()
  const switched = await tx
    .update(connections)
    .set({ mode, since: sql`now()`, by: actor })
    .where(and(eq(connections.name, connection), ne(connections.mode, mode)))
    .returning({ name: connections.name })
  return switched.length > 0
}

function tellSwitch(tx: Tx, connection: string, mode: ConnectionMode, actor: string, runId: string | null) {
  const before = mode === 'live' ? 'observe' : 'live'
  const values = { before: { mode: before }, after: { mode } }
  return recordAudit(tx, [{ what: 'connection.mode', actor, connection, runId, fields: ['mode'], values }])
}
