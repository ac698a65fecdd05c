/** What a notice can say of its registration, from the rows as they are when it is sent. */
import { desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { events, exchanges, extensions, partners, policyVersions, registrations } from '../../db/schema/index.ts'
import type { Facts } from '../../domain/notice.ts'
import { citation } from '../../domain/policy/paragraphs.ts'
import { commandsFor } from './commands.ts'
import { reviewFacts } from './review-facts.ts'
import { taskOf } from './task-of.ts'

/**
 * The facts of a registration at an event of its process, or of another's that concerns it. Empty when the registration was erased.
 */
export async function factsOf(db: Db, { subjectId, eventId }: { subjectId: string; eventId: string }): Promise<Facts> {
  const [found] = await db
    .select({
      row: registrations,
      partner: partners,
      detail: events.detail,
      rule: events.rule,
      title: sql<string | null>`${policyVersions.document} ->> 'title'`,
    })
    .from(registrations)
    .innerJoin(events, eq(events.id, eventId))
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .leftJoin(policyVersions, eq(policyVersions.version, events.policyVersion))
    .where(eq(registrations.id, subjectId))
  if (found === undefined) return {}
  const { row, partner, detail, rule, title } = found
  const about = await taskOf(db, { subjectId, eventId })
  const task = about?.task
  const reviewId = detail['reviewId']
  const [exchange] = await db
    .select({ question: exchanges.question, answer: exchanges.answer })
    .from(exchanges)
    .where(eq(exchanges.registrationId, subjectId))
    .orderBy(desc(exchanges.round))
    .limit(1)
  const [extension] = await db
    .select({ until: extensions.until, reason: extensions.reason })
    .from(extensions)
    .where(eq(extensions.registrationId, subjectId))
    .orderBy(desc(extensions.round))
    .limit(1)
  return {
    company: row.company,
    domain: row.domain,
    partner: partner?.name ?? null,
    contact: partner?.managerName ?? partner?.managerEmail ?? null,
    amount: row.amount === null ? null : { amount: row.amount, currency: row.currency },
    reason: row.reason,
    cited: citedBy(title, rule, detail['paragraph']),
    submittedAt: row.submittedAt ?? row.createdAt,
    decideBy: task?.dueAt ?? null,
    protectedFrom: row.protectedFrom,
    protectedUntil: row.protectedUntil,
    why: task?.why ?? [],
    question: exchange?.question ?? null,
    answer: exchange?.answer ?? null,
    extendUntil: extension?.until ?? null,
    extensionReason: extension?.reason ?? null,
    // Why the claim was once approved is no reason for what a later event tells.
    decisionReason: about?.isNamed === true ? about.task.reason : null,
    commands: task === undefined ? [] : commandsFor(task.kind, task.id),
    ...(typeof reviewId === 'string' ? await reviewFacts(db, reviewId) : {}),
  }
}

/** Null where a person decided: they say why in their own words. */
function citedBy(title: string | null, rule: string | null, number: unknown): string | null {
  return rule === null || rule === 'decision' || typeof number !== 'string' ? null : citation(title, number, rule)
}
