/** Users of a CRM that something refers to and that were not read yet: they are asked for by their ids, before their stream's turn. */
import { eq, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { nudge, workflowId } from './outbox.ts'
import { hints, links, users } from './schema/index.ts'

/** How long one is waited for, since we heard of them. Who is not read by then is taken for unknown. */
export const patienceMs = 15 * 60_000

/** The condition that the user named by a column is known by an id only, and may be read any moment. */
export function isUnreadYet(userId: SQLWrapper): SQL {
  return sql`exists (select from ${users} unread where unread.id = ${userId} and unread.email is null and unread.name is null
    and unread.created_at > now() - make_interval(secs => ${patienceMs / 1000}::float8))`
}

/** Has these users read at once, as far as they are not known yet and nobody asked for them before. */
export async function askForUsers(tx: Tx, userIds: readonly (string | null)[]): Promise<void> {
  const known = userIds.filter((id) => id !== null)
  if (known.length === 0) return
  const { rows } = await tx.execute<{ connection: string; object: string }>(sql`
    insert into ${hints} (connection, object, external_id, body)
    select l.connection, l.object, l.external_id, '' from ${links} l join ${users} u on u.id = l.record_id
    where l.kind = 'user' and u.email is null and l.external_id is not null and not l.gone
      and u.id in (select value::uuid from jsonb_array_elements_text(${JSON.stringify(known)}::jsonb))
      and not exists (select from ${hints} h where h.connection = l.connection and h.object = l.object
        and h.external_id = l.external_id and h.body = '' and h.read_at is null)
    returning connection, object`)
  await nudge(tx, new Set(rows.map(({ connection, object }) => workflowId.stream(connection, object))))
}

/** The address of a user; null: none is named, or it is not known. */
export async function emailOf(tx: Tx, userId: string | null): Promise<string | null> {
  if (userId === null) return null
  const [user] = await tx.select({ email: users.email }).from(users).where(eq(users.id, userId))
  return user?.email ?? null
}
