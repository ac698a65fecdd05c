/** Registrations as staff see them: with the partner's name, the timeline, and the evidence of each conflict side by side. */
import { aliasedTable, and, asc, desc, eq, ilike, inArray, sql, type SQL } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import {
  accounts,
  conflictFacts,
  conflicts,
  deals,
  links,
  notices,
  partners,
  registrations,
  tasks,
  writes,
} from '../db/schema/index.ts'
import type { RegistrationState } from '../domain/records.ts'
import { claimColumns } from './claim-columns.ts'
import { clashesOf } from './clashes.ts'
import { noticeColumns } from './notices.ts'
import { questionsOf } from './questions.ts'
import { eventsOf, reviewsOf } from './timeline/rows.ts'
import { beginsWith, contains, olderThan, type Window } from './windows.ts'

export interface RegistrationFilter extends Window {
  state?: RegistrationState | undefined
  partnerId?: string | undefined
  /** Part of the company's name or domain. */
  company?: string | undefined
}

const summary = {
  ...claimColumns,
  country: registrations.country,
  dealType: registrations.dealType,
  partnerId: registrations.partnerId,
  portal: registrations.portal,
  onBehalfBy: registrations.onBehalfBy,
  crmReference: registrations.crmReference,
  home: registrations.home,
  dealId: registrations.dealId,
  withdrawnAt: registrations.withdrawnAt,
  dealStage: deals.stage,
  dealStatus: deals.status,
}

/** The newest first; one row more than `limit`, so that the caller knows whether there are others. */
export async function listRegistrations(db: Db, filter: RegistrationFilter) {
  return db
    .select(summary)
    .from(registrations)
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .leftJoin(deals, eq(deals.id, registrations.dealId))
    .where(wanted(filter))
    .orderBy(desc(registrations.createdAt), desc(registrations.id))
    .limit(filter.limit + 1)
}

/** The conditions of a filter, for whatever role asks. */
export function wanted(filter: RegistrationFilter): SQL | undefined {
  const { state, partnerId, company, after, id } = filter
  return and(
    state === undefined ? undefined : eq(registrations.state, state),
    partnerId === undefined ? undefined : eq(registrations.partnerId, partnerId),
    company === undefined
      ? undefined
      : sql`(${ilike(registrations.company, contains(company))} or ${ilike(registrations.domain, contains(company))})`,
    id === undefined ? undefined : beginsWith(registrations.id, id),
    after === null ? undefined : olderThan(registrations.createdAt, registrations.id, after),
  )
}

/** One registration with all that is known of it; undefined when there is none. */
export async function readRegistration(db: Db, id: string) {
  const [row] = await db
    .select({ ...summary, custom: registrations.custom })
    .from(registrations)
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .leftJoin(deals, eq(deals.id, registrations.dealId))
    .where(eq(registrations.id, id))
  if (row === undefined) return undefined
  const recordIds = [id, ...(row.dealId === null ? [] : [row.dealId])]
  const [timeline, found, asked, told, systems, disputed, questions] = await Promise.all([
    timelineOf(db, id),
    conflictsOf(db, id),
    db.select().from(tasks).where(eq(tasks.subjectId, id)).orderBy(asc(tasks.round)),
    noticesOf(db, id),
    systemsOf(db, recordIds),
    clashesOf(db, recordIds),
    questionsOf(db, id),
  ])
  return { ...row, timeline, conflicts: found, tasks: asked, notices: told, systems, clashes: disputed, questions }
}

/** The claim and what stands against it, both with what a person compares. */
export async function conflictsOf(db: Db, registrationId: string) {
  const other = aliasedTable(registrations, 'other')
  const rows = await db
    .select({
      id: conflicts.id,
      round: conflicts.round,
      kind: conflicts.kind,
      score: conflicts.score,
      evidence: conflicts.evidence,
      blocks: conflicts.blocks,
      ruling: conflicts.ruling,
      detectedAt: conflicts.detectedAt,
      otherId: conflicts.otherId,
      ours: conflictFacts.ours,
      theirs: conflictFacts.theirs,
      registration: {
        company: other.company,
        domain: other.domain,
        contactEmail: other.contactEmail,
        amount: other.amount,
        currency: other.currency,
        state: other.state,
        submittedAt: other.submittedAt,
        createdAt: other.createdAt,
        protectedUntil: other.protectedUntil,
        partner: partners.name,
        tier: partners.tier,
      },
      deal: {
        name: deals.name,
        company: accounts.name,
        domain: accounts.domain,
        amount: deals.amount,
        currency: deals.currency,
        stage: deals.stage,
        status: deals.status,
        home: deals.home,
        ownerId: deals.ownerId,
        openedAt: deals.openedAt,
      },
    })
    .from(conflicts)
    .leftJoin(conflictFacts, eq(conflictFacts.conflictId, conflicts.id))
    .leftJoin(other, and(eq(conflicts.kind, 'registration'), eq(other.id, conflicts.otherId)))
    .leftJoin(partners, eq(partners.id, other.partnerId))
    .leftJoin(deals, and(eq(conflicts.kind, 'direct-deal'), eq(deals.id, conflicts.otherId)))
    .leftJoin(accounts, eq(accounts.id, deals.accountId))
    .where(eq(conflicts.registrationId, registrationId))
    .orderBy(desc(conflicts.round), desc(conflicts.score), asc(conflicts.id))
  return rows.map(({ registration, deal, evidence, ours, theirs, ...row }) => ({
    ...row,
    matchedOn: evidence.matchedOn,
    against: evidence.against ?? [],
    facts: ours === null || theirs === null ? null : { ours, theirs },
    other: {
      company: registration?.company ?? deal?.company ?? theirs?.['company'] ?? null,
      domain: registration?.domain ?? deal?.domain ?? theirs?.['domain'] ?? null,
      contactEmail: registration?.contactEmail ?? theirs?.['contactEmail'] ?? null,
      amount: registration?.amount ?? deal?.amount ?? null,
      currency: registration?.currency ?? deal?.currency ?? null,
      state: registration?.state ?? deal?.status ?? theirs?.['state'] ?? null,
      since: registration?.submittedAt ?? registration?.createdAt ?? deal?.openedAt ?? null,
      protectedUntil: registration?.protectedUntil ?? null,
      partner: registration?.partner ?? theirs?.['partner'] ?? null,
      tier: registration?.tier ?? null,
      deal: deal?.name ?? null,
      stage: deal?.stage ?? null,
      home: deal?.home ?? null,
      ownerId: deal?.ownerId ?? null,
    },
  }))
}

async function timelineOf(db: Db, registrationId: string) {
  const reviews = await reviewsOf(db, registrationId)
  const happened = await eventsOf(db, [registrationId, ...reviews.map(({ id }) => id)])
  return happened.map(({ id, at, what, actor, rule, policyVersion, detail }) => ({
    id,
    at,
    what,
    actor,
    rule,
    policyVersion,
    detail,
  }))
}

async function noticesOf(db: Db, subjectId: string) {
  return db.select(noticeColumns).from(notices).where(eq(notices.subjectId, subjectId)).orderBy(asc(notices.id))
}

/** What each system holds of the records, and whether it is behind. */
async function systemsOf(db: Db, recordIds: string[]) {
  return db
    .select({
      connection: links.connection,
      object: links.object,
      kind: links.kind,
      externalId: links.externalId,
      write: writes.status,
      code: writes.code,
    })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(inArray(links.recordId, recordIds))
    .orderBy(asc(links.connection), asc(links.object))
}
