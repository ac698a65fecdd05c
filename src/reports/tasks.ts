/** What waits for a decision, with enough beside it to decide. */
import { aliasedTable, and, desc, eq, ilike, or, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import {
  conflictAuditRows,
  contacts,
  directReviews,
  links,
  partners,
  registrations,
  tasks,
  type TaskState,
} from '../db/schema/index.ts'
import { claimed } from './claim-columns.ts'
import { conflictsOf } from './registrations.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export interface TaskFilter extends Window {
  state?: TaskState | undefined
  /** An address: tasks that are assigned or were escalated to it. */
  assignee?: string | undefined
}

const partner = aliasedTable(partners, 'partner')

/** The registration that a task is about: its subject, or the one that the subject is about. Of a task about a person there is none. */
const claimOf = sql<string>`coalesce(
  (select r.registration_id from ${directReviews} r where r.id = ${tasks.subjectId}),
  (select (r.registrations ->> 0)::uuid from ${conflictAuditRows} r where r.id = ${tasks.subjectId}), ${tasks.subjectId})`

const summary = {
  id: tasks.id,
  kind: tasks.kind,
  state: tasks.state,
  why: tasks.why,
  round: tasks.round,
  assignee: tasks.assignee,
  escalatedTo: tasks.escalatedTo,
  dueAt: tasks.dueAt,
  createdAt: tasks.createdAt,
  decision: tasks.decision,
  reason: tasks.reason,
  decidedBy: tasks.decidedBy,
  decidedAt: tasks.decidedAt,
  decidedDoor: tasks.decidedDoor,
  registrationId: registrations.id,
  /** The person at a partner that it is about, where it is about one; and the record of them at a vendor, where it is about that. */
  contact: { id: contacts.id, name: contacts.name, email: contacts.email },
  connection: links.connection,
  externalId: links.externalId,
  company: registrations.company,
  domain: registrations.domain,
  amount: registrations.amount,
  currency: registrations.currency,
  partnerId: partner.id,
  partner: partner.name,
}

/** The vendor's record of a person whose access is to be removed; tasks about anything else have none. */
const itsLink = and(eq(tasks.kind, 'deactivate-contact'), eq(links.id, tasks.subjectId))

const itsContact = sql`${contacts.id} = coalesce(${links.recordId}, ${tasks.subjectId})`

const itsPartner = sql`${partner.id} = coalesce(${registrations.partnerId}, ${contacts.partnerId})`

/** The newest first; one row more than `limit`. */
export async function listTasks(db: Db, { state, assignee, after, id, limit }: TaskFilter) {
  return db
    .select(summary)
    .from(tasks)
    .leftJoin(registrations, eq(registrations.id, claimOf))
    .leftJoin(links, itsLink)
    .leftJoin(contacts, itsContact)
    .leftJoin(partner, itsPartner)
    .where(
      and(
        state === undefined ? undefined : eq(tasks.state, state),
        assignee === undefined
          ? undefined
          : or(ilike(tasks.assignee, exactly(assignee)), ilike(tasks.escalatedTo, exactly(assignee))),
        id === undefined ? undefined : beginsWith(tasks.id, id),
        after === null ? undefined : olderThan(tasks.createdAt, tasks.id, after),
      ),
    )
    .orderBy(desc(tasks.createdAt), desc(tasks.id))
    .limit(limit + 1)
}

/** The task's own row. */
export async function taskRow(db: Db, id: string): Promise<typeof tasks.$inferSelect | undefined> {
  const [row] = await db.select().from(tasks).where(eq(tasks.id, id))
  return row
}

/** A task with the claim and what stands against it; undefined when there is none. */
export async function readTask(db: Db, id: string) {
  const [row] = await db
    .select({
      ...summary,
      registration: {
        ...claimed,
        submittedBy: registrations.submittedBy,
        onBehalfBy: registrations.onBehalfBy,
        submittedAt: registrations.submittedAt,
        partner: partner.name,
        tier: partner.tier,
      },
    })
    .from(tasks)
    .leftJoin(registrations, eq(registrations.id, claimOf))
    .leftJoin(links, itsLink)
    .leftJoin(contacts, itsContact)
    .leftJoin(partner, itsPartner)
    .where(eq(tasks.id, id))
  if (row === undefined) return undefined
  const { registration, ...task } = row
  const { id: claimId, state, ...claim } = registration
  if (claimId === null || state === null) return { ...task, registration: null, conflicts: [] }
  return { ...task, registration: { id: claimId, state, ...claim }, conflicts: await conflictsOf(db, claimId) }
}

function exactly(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`)
}
