/** A claim that its partner takes back. */
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { registrations } from '../../db/schema/index.ts'
import type { Actor } from '../../domain/task-kinds.ts'
import { claimFor } from './claim.ts'

/**
 * Takes a registration back for its partner. Said twice it is the same.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL for one that is over
 */
export async function withdraw(db: Db, { registrationId, by }: { registrationId: string; by: Actor }): Promise<void> {
  await db.transaction(async (tx) => {
    const row = await claimFor(tx, registrationId, 'withdraw')
    await tx
      .update(registrations)
      .set({
        withdrawnAt: sql`coalesce(${registrations.withdrawnAt}, now())`,
        withdrawnBy: sql`coalesce(${registrations.withdrawnBy}, ${by.label})`,
      })
      .where(eq(registrations.id, row.id))
    await nudge(tx, [workflowId.registration(row.id)])
  })
}
