/** Files of a registration. For a partner both take a transaction of `asPartner`, and the database shows what is that partner's. */
import { and, asc, eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { attachments, registrations } from '../db/schema/index.ts'

/** The oldest first; undefined when there is no such registration. */
export async function attachmentsOf(db: Db | Tx, registrationId: string) {
  const rows = await db
    .select({ id: registrations.id, file: attachments })
    .from(registrations)
    .leftJoin(attachments, eq(attachments.registrationId, registrations.id))
    .where(eq(registrations.id, registrationId))
    .orderBy(asc(attachments.createdAt), asc(attachments.id))
  return rows.length === 0 ? undefined : rows.flatMap(({ file }) => file ?? [])
}

export async function readAttachment(db: Db | Tx, registrationId: string, id: string) {
  const [found] = await db
    .select()
    .from(attachments)
    .where(and(eq(attachments.id, id), eq(attachments.registrationId, registrationId)))
  return found
}
