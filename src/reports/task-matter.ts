/** What a task is about beside its claim: the values proposed, the end wished for, the direct deal, the partner's answer. */
import { and, desc, eq } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { dealOfReview } from '../db/direct-reviews.ts'
import { exchanges, extensions, proposedChanges } from '../db/schema/index.ts'
import type { TaskKind } from '../domain/task-kinds.ts'

export interface TaskMatter {
  proposed: Record<string, { from: string | null; to: string | null }> | null
  extension: { until: string; reason: string | null } | null
  deal: { name: string | null; amount: string | null; currency: string | null; owner: string | null } | null
  exchange: { question: string | null; answer: string | null } | null
}

export async function readMatter(
  db: Db,
  {
    kind,
    subjectId,
    round,
    registrationId,
  }: { kind: TaskKind; subjectId: string; round: number; registrationId: string },
): Promise<TaskMatter> {
  const [change] =
    kind !== 'accept-change'
      ? []
      : await db
          .select({ fields: proposedChanges.fields })
          .from(proposedChanges)
          .where(and(eq(proposedChanges.registrationId, registrationId), eq(proposedChanges.round, round)))
  const [extension] =
    kind !== 'extend-protection'
      ? []
      : await db
          .select({ until: extensions.until, reason: extensions.reason })
          .from(extensions)
          .where(and(eq(extensions.registrationId, registrationId), eq(extensions.round, round)))
  const deal = kind === 'review-direct-deal' ? await dealOfReview(db, subjectId) : undefined
  const [exchange] =
    kind !== 'approve-registration'
      ? []
      : await db
          .select({ question: exchanges.question, answer: exchanges.answer })
          .from(exchanges)
          .where(eq(exchanges.registrationId, registrationId))
          .orderBy(desc(exchanges.round))
          .limit(1)
  return {
    proposed: change?.fields ?? null,
    extension: extension ?? null,
    deal: deal ?? null,
    exchange: exchange ?? null,
  }
}
