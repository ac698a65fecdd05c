/** Fields that two sides changed: both values, which one stands and why. For staff only: the values may be another partner's. */
import { and, desc, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { accounts, clashes, contacts, deals, leads, links, partners, registrations } from '../db/schema/index.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export interface ClashFilter extends Window {
  state?: 'open' | 'settled' | undefined
  connection?: string | undefined
  recordId?: string | undefined
}

const summary = {
  id: clashes.id,
  at: clashes.at,
  connection: links.connection,
  object: links.object,
  externalId: links.externalId,
  kind: clashes.kind,
  recordId: clashes.recordId,
  /** What people call the record. */
  name: sql<
    string | null
  >`coalesce(${accounts.name}, ${deals.name}, ${partners.name}, ${registrations.company}, ${leads.company},
    ${contacts.name}, ${contacts.email})`,
  field: clashes.field,
  base: clashes.base,
  ours: clashes.ours,
  theirs: clashes.theirs,
  rule: clashes.rule,
  winner: clashes.winner,
  decidedBy: clashes.decidedBy,
  decidedAt: clashes.decidedAt,
}

/** The newest first; one row more than `limit`. */
export async function listClashes(db: Db, { state, connection, recordId, after, id, limit }: ClashFilter) {
  return read(db)
    .where(
      and(
        state === undefined ? undefined : state === 'open' ? eq(clashes.winner, 'open') : ne(clashes.winner, 'open'),
        connection === undefined ? undefined : eq(links.connection, connection),
        recordId === undefined ? undefined : eq(clashes.recordId, recordId),
        id === undefined ? undefined : beginsWith(clashes.id, id),
        after === null ? undefined : olderThan(clashes.at, clashes.id, after),
      ),
    )
    .orderBy(desc(clashes.at), desc(clashes.id))
    .limit(limit + 1)
}

/** One clash; undefined when there is none. */
export async function readClash(db: Db, id: string) {
  const [found] = await read(db).where(eq(clashes.id, id))
  return found
}

/** The clashes of some records, the newest first: part of what staff see of a registration and its deal. */
export async function clashesOf(db: Db, recordIds: string[]) {
  return read(db).where(inArray(clashes.recordId, recordIds)).orderBy(desc(clashes.at), desc(clashes.id)).limit(200)
}

function read(db: Db) {
  return db
    .select(summary)
    .from(clashes)
    .innerJoin(links, eq(links.id, clashes.linkId))
    .leftJoin(accounts, eq(accounts.id, clashes.recordId))
    .leftJoin(deals, eq(deals.id, clashes.recordId))
    .leftJoin(partners, eq(partners.id, clashes.recordId))
    .leftJoin(registrations, eq(registrations.id, clashes.recordId))
    .leftJoin(leads, eq(leads.id, clashes.recordId))
    .leftJoin(contacts, eq(contacts.id, clashes.recordId))
    .$dynamic()
}
