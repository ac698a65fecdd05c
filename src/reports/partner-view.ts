/**
 * What a partner sees. Every query here takes a transaction of `asPartner`: the database refuses other partners' rows, and no table
 * but those that the partner role may read is named. Conflicts, tasks and the names of staff do not occur.
 */
import { and, asc, desc, eq, inArray } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { deals, events, partners, registrations } from '../db/schema/index.ts'
import { claimed } from './claim-columns.ts'
import { questionsOf } from './questions.ts'
import { wanted, type RegistrationFilter } from './registrations.ts'

const own = {
  ...claimed,
  country: registrations.country,
  dealType: registrations.dealType,
  submittedBy: registrations.submittedBy,
  submittedAt: registrations.submittedAt,
  createdAt: registrations.createdAt,
  reason: registrations.reason,
  protectedFrom: registrations.protectedFrom,
  protectedUntil: registrations.protectedUntil,
  withdrawnAt: registrations.withdrawnAt,
  /** As the CRM calls it, and what that means. */
  dealStage: deals.stage,
  dealStatus: deals.status,
}

/** The database shows a partner the deals of its own registrations. */
const itsDeal = and(eq(deals.id, registrations.dealId), eq(deals.registrationId, registrations.id))

/** The steps that concern a partner; checks, tasks and reminders of staff are none of them. */
export const toldToPartners = [
  'registration.received',
  'registration.approved',
  'registration.declined',
  'registration.won',
  'registration.lost',
  'registration.lapsed',
  'registration.withdrawn',
  'registration.merged',
  'registration.absorbed',
  'registration.reopened',
  'registration.not-credited',
  'registration.edited',
  'exclusivity.reminded',
  'registration.revoked',
  'extension.asked',
  'extension.refused',
  'exclusivity.extended',
  'info.requested',
  'info.reminded',
  'info.answered',
  'info.unanswered',
  'attachment.added',
  'attachment.removed',
  'change.proposed',
  'change.accepted',
  'change.refused',
]

export async function listOwn(tx: Tx, filter: RegistrationFilter) {
  return tx
    .select(own)
    .from(registrations)
    .leftJoin(deals, itsDeal)
    .where(wanted(filter))
    .orderBy(desc(registrations.createdAt), desc(registrations.id))
    .limit(filter.limit + 1)
}

export async function readOwn(tx: Tx, id: string) {
  const [row] = await tx.select(own).from(registrations).leftJoin(deals, itsDeal).where(eq(registrations.id, id))
  if (row === undefined) return undefined
  const timeline = await tx
    .select({ at: events.at, what: events.what })
    .from(events)
    .where(and(eq(events.subjectId, id), inArray(events.what, toldToPartners)))
    .orderBy(asc(events.at), asc(events.id))
  return { ...row, timeline, questions: await questionsOf(tx, id) }
}

/** The partner itself, as its own role sees it; undefined when there is no such partner. */
export async function readSelf(tx: Tx, partnerId: string) {
  const [row] = await tx
    .select({ id: partners.id, name: partners.name, email: partners.email, tier: partners.tier })
    .from(partners)
    .where(eq(partners.id, partnerId))
  return row
}
