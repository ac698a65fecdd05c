/** Which connections are only observed: everything is read and compared, and nothing is written. */
import { eq, isNotNull, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { configurationFile, recordAudit } from './audit.ts'
import type { Db, Tx } from './connection.ts'
import { connections, writes, type ConnectionMode } from './schema/index.ts'

/** Whether a connection is only observed, for what is neither written nor claimed, such as its webhook subscriptions. */
export async function modeOf(db: Db | Tx, connection: string): Promise<ConnectionMode> {
  const [row] = await db.select({ mode: connections.mode }).from(connections).where(eq(connections.name, connection))
  return row?.mode ?? 'observe'
}

/** The condition that the connection named by a column may be written to. */
export function isLiveHere(name: SQLWrapper): SQL {
  return sql`exists (select from ${connections} known where known.name = ${name} and known.mode = 'live')`
}

/** The condition that a write may leave: an observed connection's wishes wait for its go-live; what an undo puts back does not. */
export const mayLeave = or(isNotNull(writes.restore), isLiveHere(writes.connection))

/**
 * The condition that the portal named by a column is observed, so that its claims wait. What was submitted here, at no portal, has
 * no such row and waits for nobody.
 */
export function isObservedHere(name: SQLWrapper): SQL {
  return sql`exists (select from ${connections} known where known.name = ${name} and known.mode = 'observe')`
}

/** Makes connections known as their configuration says, each once: afterwards only a person switches its mode. */
export async function knowConnections(db: Db | Tx, wished: { name: string; mode: ConnectionMode }[]): Promise<void> {
  await db.transaction(async (tx) => {
    const rows = wished
      .map(({ name, mode }) => ({ name, mode, by: 'config' }))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    if (rows.length === 0) return
    const made = await tx.insert(connections).values(rows).onConflictDoNothing().returning()
    await recordAudit(
      tx,
      made.map(({ name, mode }) => ({
        what: 'connection.mode',
        actor: configurationFile,
        connection: name,
        fields: ['mode'],
        values: { before: { mode: null }, after: { mode } },
      })),
    )
  })
}
