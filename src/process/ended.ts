/** What goes with the end of a claim: its clocks, its open questions. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { tasks } from '../db/schema/index.ts'
import { dropExtension } from './extensions.ts'
import type { Registration } from './facts.ts'

/** Nothing is due any more of a claim that was decided or is over. */
export const noDeadlines = {
  remindAt: null,
  escalateAt: null,
  concludeAt: null,
  infoRemindAt: null,
  infoUntil: null,
  expiryRemindAt: null,
  expiryReminders: [],
}

/** Nobody is asked about a claim that is over. */
export async function endPending(tx: Tx, row: Registration): Promise<void> {
  await tx
    .update(tasks)
    .set({ state: 'cancelled' })
    .where(and(eq(tasks.subjectId, row.id), eq(tasks.state, 'open')))
  await dropExtension(tx, row.id)
}
