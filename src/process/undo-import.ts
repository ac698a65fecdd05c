/** Taking an import back: what is still protected by it is withdrawn by its own process; its references may come in anew. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Db } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { events, importedRegistrations, imports, registrations } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'

/** @throws CW_NOT_FOUND. Answers how many are withdrawn; what is over already stays as it ended. */
export async function undoImport(db: Db, importId: string, by: string): Promise<number> {
  return db.transaction(async (tx) => {
    const [known] = await tx.select().from(imports).where(eq(imports.id, importId)).for('update')
    if (known === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no import ${importId}`, { importId })
    const rows = await tx
      .delete(importedRegistrations)
      .where(eq(importedRegistrations.importId, importId))
      .returning({ id: importedRegistrations.registrationId })
    await tx
      .update(imports)
      .set({ undoneAt: sql`coalesce(${imports.undoneAt}, now())`, undoneBy: sql`coalesce(${imports.undoneBy}, ${by})` })
      .where(eq(imports.id, importId))
    if (rows.length === 0) return 0
    const withdrawn = await tx
      .update(registrations)
      .set({ withdrawnAt: sql`now()` })
      .where(
        and(
          anyOf(
            registrations.id,
            rows.map(({ id }) => id),
          ),
          eq(registrations.state, 'approved'),
          isNull(registrations.withdrawnAt),
        ),
      )
      .returning({ id: registrations.id, partnerId: registrations.partnerId })
    if (withdrawn.length === 0) return 0
    await tx.insert(events).values(
      withdrawn.map(({ id, partnerId }) => ({
        subjectId: id,
        partnerId,
        stepKey: 'import-undone',
        what: 'registration.import-undone',
        actor: by,
        detail: { importId },
      })),
    )
    await nudge(
      tx,
      withdrawn.map(({ id }) => workflowId.registration(id)),
    )
    return withdrawn.length
  })
}
