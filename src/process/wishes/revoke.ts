/** An approval that is taken back: the partner is told why. */
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { registrations } from '../../db/schema/index.ts'
import type { Actor } from '../../domain/task-kinds.ts'
import { CausewayError } from '../../errors.ts'
import { claimFor, illegal } from './claim.ts'

export interface Revocation {
  registrationId: string
  reason: string
  by: Actor
}

/**
 * Takes an approval back.
 *
 * @throws CW_NOT_FOUND, CW_TRANSITION_ILLEGAL, CW_REQUEST_INVALID without a reason
 */
export async function revoke(db: Db, { registrationId, reason, by }: Revocation): Promise<void> {
  const why = reason.trim()
  if (why === '')
    throw new CausewayError('CW_REQUEST_INVALID', 'A revocation needs a reason; the partner is shown it', {
      field: 'reason',
    })
  await db.transaction(async (tx) => {
    const row = await claimFor(tx, registrationId, 'revoke')
    if (row.revokedAt !== null) throw illegal(row.state, 'revoke', 'it was revoked already')
    await tx
      .update(registrations)
      .set({ revokedAt: sql`now()`, revokedBy: by.label, revokedReason: why })
      .where(eq(registrations.id, row.id))
    await nudge(tx, [workflowId.registration(row.id)])
  })
}
