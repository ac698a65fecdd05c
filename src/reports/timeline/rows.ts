/** The rows of a timeline, a statement for each table. */
import { and, asc, eq, ne, sql } from 'drizzle-orm'
import { anyOf } from '../../db/any-of.ts'
import type { Db } from '../../db/connection.ts'
import { idFor } from '../../db/ids.ts'
import {
  audit,
  auditValues,
  changes,
  clashes,
  deals,
  directReviews,
  events,
  links,
  notices,
  parties,
  tasks,
  writes,
} from '../../db/schema/index.ts'

/** The registration, its deal, and what was made with them: the parties, and the customer unless it was there before. */
export async function recordsOf(db: Db, id: string, dealIds: string[]): Promise<string[]> {
  if (dealIds.length === 0) return [id]
  const made = await db.select({ id: parties.id }).from(parties).where(anyOf(parties.dealId, dealIds))
  return [id, ...dealIds, ...made.map((party) => party.id), idFor('registration', 'account', id)]
}

/** Of registrations, their deals, and the reviews of direct deals beside them. */
export function eventsOf(db: Db, subjects: string[]) {
  // Some steps of a review were told twice once: at the review, and at its registration.
  const isCopy = sql`${events.subjectId}::text = ${events.detail} ->> 'registrationId' and ${events.what} like 'direct-deal.%'`
  return db
    .select()
    .from(events)
    .where(and(anyOf(events.subjectId, subjects), sql`(${isCopy}) is not true`))
    .orderBy(asc(events.at), asc(events.id))
}

/** The direct deals that were opened at the registered account. */
export function reviewsOf(db: Db, registrationId: string) {
  return db
    .select({
      id: directReviews.id,
      createdAt: directReviews.createdAt,
      connection: directReviews.connection,
      deal: deals.name,
      matchedOn: directReviews.matchedOn,
      score: directReviews.score,
    })
    .from(directReviews)
    .leftJoin(deals, eq(deals.id, directReviews.dealId))
    .where(eq(directReviews.registrationId, registrationId))
}

export function tasksOf(db: Db, subjects: string[]) {
  return db.select().from(tasks).where(anyOf(tasks.subjectId, subjects))
}

/** Also of another's event, such as the check of a rival. When it was planned is when that event happened. */
export function noticesOf(db: Db, subjectId: string) {
  return db
    .select({
      id: notices.id,
      eventId: notices.eventId,
      template: notices.template,
      audience: notices.audience,
      channel: notices.channel,
      recipient: notices.recipient,
      status: notices.status,
      code: notices.code,
      sentAt: notices.sentAt,
      plannedAt: events.at,
    })
    .from(notices)
    .innerJoin(events, eq(events.id, notices.eventId))
    .where(eq(notices.subjectId, subjectId))
}

export function writtenOf(db: Db, records: string[]) {
  return db
    .select({
      id: audit.id,
      at: audit.at,
      what: audit.what,
      actor: audit.actor,
      rule: audit.rule,
      connection: audit.connection,
      object: audit.object,
      externalId: audit.externalId,
      created: audit.created,
      fields: audit.fields,
      detail: audit.detail,
      before: auditValues.before,
      after: auditValues.after,
    })
    .from(audit)
    .leftJoin(auditValues, eq(auditValues.auditId, audit.id))
    .where(anyOf(audit.recordId, records))
}

/** What the systems do not have yet. */
export function unsentOf(db: Db, records: string[]) {
  return db
    .select({
      linkId: writes.linkId,
      connection: writes.connection,
      object: writes.object,
      externalId: links.externalId,
      status: writes.status,
      code: writes.code,
      updatedAt: writes.updatedAt,
    })
    .from(writes)
    .innerJoin(links, eq(links.id, writes.linkId))
    .where(and(anyOf(links.recordId, records), ne(writes.status, 'done')))
}

export async function readingsOf(db: Db, records: string[]) {
  const of = and(
    anyOf(links.recordId, records),
    eq(changes.connection, links.connection),
    eq(changes.object, links.object),
    eq(changes.externalId, links.externalId),
  )
  const [changed, [unchanged]] = await Promise.all([
    db
      .select({
        id: changes.id,
        receivedAt: changes.receivedAt,
        connection: changes.connection,
        object: changes.object,
        externalId: changes.externalId,
        status: changes.status,
        code: changes.code,
        deleted: sql<boolean>`(${changes.body} ->> 'deleted')::boolean`,
        modifiedAt: sql<string | null>`${changes.body} ->> 'modifiedAt'`,
      })
      .from(links)
      .innerJoin(changes, of)
      .where(ne(changes.status, 'no-op')),
    db
      .select({ count: sql<number>`count(*)::int` })
      .from(links)
      .innerJoin(changes, of)
      .where(eq(changes.status, 'no-op')),
  ])
  return { changed, unchanged: unchanged?.count ?? 0 }
}

export function clashesOf(db: Db, records: string[]) {
  return db
    .select({
      id: clashes.id,
      at: clashes.at,
      connection: links.connection,
      field: clashes.field,
      ours: clashes.ours,
      theirs: clashes.theirs,
      rule: clashes.rule,
      winner: clashes.winner,
      decidedBy: clashes.decidedBy,
      decidedAt: clashes.decidedAt,
    })
    .from(clashes)
    .innerJoin(links, eq(links.id, clashes.linkId))
    .where(anyOf(clashes.recordId, records))
}
