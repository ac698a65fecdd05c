/** Changes of vendors' schemas that break mappings, for whoever reads or writes records. */
import { and, asc, eq, isNull, sql } from 'drizzle-orm'
import type { Break } from '../mapping/live/doomed.ts'
import { fieldsOf, type System } from '../mapping/systems.ts'
import type { Db, Tx } from './connection.ts'
import { nudge, workflowId } from './outbox.ts'
import { schemaChanges, schemaSnapshots } from './schema/index.ts'

/** Changes of the object that break something and are not mended, oldest first. */
export function breaksAt(tx: Tx | Db, connection: string, object: string): Promise<Break[]> {
  const { id, kind, path, value, before, after } = schemaChanges
  return tx
    .select({ id, kind, path, value, before, after })
    .from(schemaChanges)
    .where(
      and(eq(schemaChanges.connection, connection), eq(schemaChanges.object, object), isNull(schemaChanges.mendedAt)),
    )
    .orderBy(asc(id))
}

/**
 * The vendor fields that are to be read of an object: those of its mappings, without the ones that are known to be gone, so that
 * everything else keeps flowing. A field that tells kinds apart is asked for all the same: without it records would be taken for what
 * they are not.
 */
export async function readableFields(db: Tx | Db, system: System, object: string): Promise<string[]> {
  const breaks = await breaksAt(db, system.name, object)
  const gone = new Set(breaks.flatMap(({ kind, path }) => (kind === 'field-removed' ? [path] : [])))
  for (const { object: of, when } of system.mappings) if (of === object && when !== undefined) gone.delete(when.path)
  return fieldsOf(system, object).filter((path) => !gone.has(path))
}

/**
 * Has the vendor's schema read again soon, because it refused something in a way that a changed schema would explain. Not more often
 * than once in `atMostEveryS`, however many records are refused.
 */
export async function suspectSchema(tx: Tx, connection: string, object: string, atMostEveryS: number): Promise<void> {
  const due = sql`greatest(now(), coalesce(${schemaSnapshots.readAt}, '-infinity') + make_interval(secs => ${atMostEveryS}::float8))`
  const moved = await tx
    .update(schemaSnapshots)
    .set({ nextAt: due })
    .where(
      and(
        eq(schemaSnapshots.connection, connection),
        eq(schemaSnapshots.object, object),
        sql`${schemaSnapshots.nextAt} > ${due}`,
      ),
    )
    .returning({ object: schemaSnapshots.object })
  if (moved.length > 0) await nudge(tx, [workflowId.stream(connection, object)])
}
