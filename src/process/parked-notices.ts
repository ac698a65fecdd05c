/** What a person does with notices that no mail server would take: send again, or skip. */
import { and, eq, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { events, notices } from '../db/schema/index.ts'

/** Plans one parked notice again, or all when `id` is null, and wakes the mailer. Answers how many. */
export async function retryNotices(db: Db | Tx, id: string | null): Promise<number> {
  return db.transaction(async (tx) => {
    const again = await tx
      .update(notices)
      .set({ status: 'planned', attempt: 0, notBefore: sql`now()`, code: null })
      .where(and(eq(notices.status, 'parked'), id === null ? undefined : eq(notices.id, id)))
      .returning({ id: notices.id })
    if (again.length > 0) await nudge(tx, [workflowId.mailer()])
    return again.length
  })
}

/**
 * Ends one parked notice without sending it, or all when `id` is null; the timeline keeps who did. Answers how many: 0 when none was
 * parked.
 */
export async function skipNotices(db: Db | Tx, id: string | null, by: string): Promise<number> {
  return db.transaction(async (tx) => {
    const ended = await tx
      .update(notices)
      .set({ status: 'skipped', code: 'CW_SKIPPED' })
      .where(and(eq(notices.status, 'parked'), id === null ? undefined : eq(notices.id, id)))
      .returning({ id: notices.id, subjectId: notices.subjectId })
    if (ended.length === 0) return 0
    await tx
      .insert(events)
      .values(
        ended.map((notice) => ({
          subjectId: notice.subjectId,
          stepKey: `skip-notice:${notice.id}`,
          what: 'notice.skipped',
          actor: by,
        })),
      )
      .onConflictDoNothing()
    return ended.length
  })
}
