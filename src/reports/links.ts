/** The crosswalk for staff: which vendor record stands for which of ours, and what each of the two holds. */
import { and, desc, eq } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { links, shadows } from '../db/schema/index.ts'
import { factsOf, type RecordFacts } from './record-facts.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export interface LinkFilter extends Window {
  recordId?: string | undefined
  connection?: string | undefined
  object?: string | undefined
  externalId?: string | undefined
}

const columns = {
  id: links.id,
  connection: links.connection,
  object: links.object,
  kind: links.kind,
  recordId: links.recordId,
  externalId: links.externalId,
  gone: links.gone,
  createdAt: links.createdAt,
}

/** The newest first; one row more than `limit`. */
export async function listLinks(db: Db, { id, limit, after, ...is }: LinkFilter) {
  return db
    .select(columns)
    .from(links)
    .where(
      and(
        is.recordId === undefined ? undefined : eq(links.recordId, is.recordId),
        is.connection === undefined ? undefined : eq(links.connection, is.connection),
        is.object === undefined ? undefined : eq(links.object, is.object),
        is.externalId === undefined ? undefined : eq(links.externalId, is.externalId),
        id === undefined ? undefined : beginsWith(links.id, id),
        after === null ? undefined : olderThan(links.createdAt, links.id, after),
      ),
    )
    .orderBy(desc(links.createdAt), desc(links.id))
    .limit(limit + 1)
}

export async function readLinkFacts(db: Db, id: string) {
  const [link] = await db
    .select({ ...columns, vendor: shadows.fields })
    .from(links)
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(eq(links.id, id))
  if (link === undefined) return undefined
  const record: RecordFacts | null = (await factsOf(db, [link.recordId])).get(link.recordId) ?? null
  return { ...link, record }
}
