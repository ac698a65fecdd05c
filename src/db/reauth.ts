/** Connections whose credentials the vendor takes no more: nothing is asked of them, and nothing is lost, until they are renewed. */
import { and, eq, isNotNull, isNull, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { recordAudit } from './audit.ts'
import type { Db, Tx } from './connection.ts'
import { nudge } from './outbox.ts'
import { connections } from './schema/index.ts'
import type { ErrorCode } from '../errors.ts'

export interface Reauth {
  since: string
  code: ErrorCode
}

/** The first request that is risked comes so soon, for a refusal may be a passing one of the vendor's; later ones ever more seldom. */
const FIRST_TRIAL_S = 5
const SELDOM_S = 900

/** Why nothing may be asked of a connection; null: it may. */
export async function reauthOf(db: Db | Tx, connection: string): Promise<Reauth | null> {
  const [row] = await db
    .select({ since: connections.reauthSince, code: connections.reauthCode })
    .from(connections)
    .where(eq(connections.name, connection))
  if (row === undefined || row.since === null) return null
  return { since: row.since, code: row.code ?? 'CW_REAUTH_REQUIRED' }
}

/** The condition that the connection named by a column is paused until its credentials are renewed. */
export function isRefusedHere(name: SQLWrapper): SQL {
  return sql`exists (select from ${connections} known where known.name = ${name} and known.reauth_since is not null)`
}

/** Pauses the connection. Answers whether it was not paused before. */
export function requireReauth(db: Db, connection: string, code: ErrorCode): Promise<boolean> {
  return db.transaction(async (tx) => {
    const paused = await tx
      .update(connections)
      .set({
        reauthSince: sql`now()`,
        reauthCode: code,
        reauthTryAt: sql`now() + make_interval(secs => ${FIRST_TRIAL_S})`,
      })
      .where(and(eq(connections.name, connection), isNull(connections.reauthSince)))
      .returning({ name: connections.name })
    if (paused.length === 0) return false
    await recordAudit(tx, [{ what: 'connection.reauth-required', actor: 'system', connection, detail: { code } }])
    return true
  })
}

/**
 * Lets the connection be asked again and wakes what may have failed for its credentials or waited for them. Answers whether it was
 * paused.
 *
 * @param workflowIds its streams and its sender
 */
export function endReauth(db: Db, connection: string, workflowIds: string[], actor: string): Promise<boolean> {
  return db.transaction(async (tx) => {
    const freed = await tx
      .update(connections)
      .set({ reauthSince: null, reauthCode: null, reauthTryAt: null, listenRetryAt: null })
      .where(and(eq(connections.name, connection), isNotNull(connections.reauthSince)))
      .returning({ name: connections.name })
    if (freed.length > 0) await recordAudit(tx, [{ what: 'connection.reauthorised', actor, connection }])
    await nudge(tx, workflowIds)
    return freed.length > 0
  })
}

/** Of these paused connections those whose trial is due; each is this caller's alone, and the next one is further away. */
export async function claimTrials(db: Db, names: string[]): Promise<string[]> {
  const { rows } = await db.execute<{ name: string }>(sql`
    update ${connections} set reauth_try_at = now() + make_interval(secs =>
      greatest(${FIRST_TRIAL_S}, least(${SELDOM_S}, extract(epoch from now() - reauth_since))))
    where name in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb))
      and reauth_since is not null and coalesce(reauth_try_at, '-infinity') <= now()
    returning name`)
  return rows.map((row) => row.name)
}

/** A start may bring other credentials: all that is paused is tried at once. */
export async function hurryTrials(db: Db, names: string[]): Promise<void> {
  await db.execute(sql`
    update ${connections} set reauth_try_at = now()
    where name in (select jsonb_array_elements_text(${JSON.stringify(names)}::jsonb)) and reauth_since is not null`)
}
