/** What the notice of a person who left says: who, from which partner, and where their access is to be removed. */
import { and, eq } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { contacts, links, partners, type notices } from '../db/schema/index.ts'
import type { Facts } from '../domain/notice.ts'
import { commandsFor } from './notices/commands.ts'
import { taskOf } from './notices/task-of.ts'

/** From the rows as they are now; null: it was done, or they are back. */
export async function factsOfDeactivation(
  db: Db,
  notice: Pick<typeof notices.$inferSelect, 'eventId' | 'subjectId'>,
): Promise<Facts | null> {
  const task = (await taskOf(db, notice))?.task
  if (task?.state !== 'open') return null
  const [found] = await db
    .select({ name: contacts.name, email: contacts.email, partner: partners.name, connection: links.connection })
    .from(links)
    .innerJoin(contacts, and(eq(links.kind, 'contact'), eq(contacts.id, links.recordId)))
    .leftJoin(partners, eq(partners.id, contacts.partnerId))
    .where(eq(links.id, task.subjectId))
  if (found === undefined) return null
  return {
    person: found.name ?? found.email,
    partner: found.partner,
    connection: found.connection,
    decideBy: task.dueAt,
    commands: commandsFor(task.kind, task.id),
  }
}
