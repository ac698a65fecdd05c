/** The task that asks whether a claim stands. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { tasks } from '../db/schema/index.ts'
import type { RegistrationFacts } from '../domain/registration.ts'

/** What a person said of the claim; null: nobody was asked, or they still think about it. */
export async function confirmOf(tx: Tx, taskId: string | null): Promise<RegistrationFacts['confirm']> {
  if (taskId === null) return null
  const decision = (await confirmTask(tx, taskId))?.decision
  return decision === 'keep' || decision === 'revoke' ? decision : null
}

export async function confirmTask(tx: Tx, id: string): Promise<typeof tasks.$inferSelect | undefined> {
  const [task] = await tx.select().from(tasks).where(eq(tasks.id, id))
  return task
}
