/** Which task the notice of an event is about. */
import { and, eq, sql, type SQL } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { events, registrations, tasks } from '../../db/schema/index.ts'

type Task = typeof tasks.$inferSelect

/**
 * The task that the event names in its detail as `taskId`, else the present one for the approval of its registration; `isNamed` tells
 * which. Each is a look-up by an index.
 */
export async function taskOf(
  db: Db,
  { eventId, subjectId }: { eventId: string; subjectId: string },
): Promise<{ task: Task; isNamed: boolean } | undefined> {
  const [event] = await db.select({ detail: events.detail }).from(events).where(eq(events.id, eventId))
  const named = event?.detail['taskId']
  const isNamed = typeof named === 'string'
  const which: SQL | undefined = isNamed
    ? eq(tasks.id, named)
    : and(
        eq(tasks.kind, 'approve-registration'),
        eq(tasks.subjectId, subjectId),
        sql`${tasks.round} = (select r.round from ${registrations} r where r.id = ${subjectId})`,
      )
  const [task] = await db.select().from(tasks).where(which)
  return task === undefined ? undefined : { task, isNamed }
}
