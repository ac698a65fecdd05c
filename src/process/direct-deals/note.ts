/** What a review adds to the timelines, and how its row changes. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { directReviews, events } from '../../db/schema/index.ts'
import type { Programme } from '../programme.ts'
import { paragraphOf } from '../reasons.ts'
import type { ReviewSituation } from './situation.ts'

interface Note {
  what: string
  /** Unique for the review's round; absent: `what`. */
  key?: string
  actor?: string
  rule?: string
  detail?: Record<string, string | number | boolean | null>
}

/**
 * Adds to the review's timeline, which that of the registration holds too, and answers the event's id. The partner never sees it: a direct
 * deal is none of theirs.
 */
export async function noteReview(
  tx: Tx,
  programme: Programme,
  { row, deal, registration }: ReviewSituation,
  { what, key = what, actor = 'system', rule, detail = {} }: Note,
): Promise<string> {
  const { policy } = programme
  const [added] = await tx
    .insert(events)
    .values({
      subjectId: row.id,
      partnerId: null,
      stepKey: `${String(row.round)}:${key}`,
      what,
      actor,
      rule: rule ?? null,
      policyVersion: policy.version,
      detail: {
        ...detail,
        ...paragraphOf(policy, rule),
        reviewId: row.id,
        dealId: deal.id,
        registrationId: registration.id,
      },
    })
    .returning({ id: events.id })
  if (added === undefined) throw new Error(`event ${key} was not added`)
  return added.id
}

/** Changes the review by compare-and-set on its version. */
export async function changeReview(
  tx: Tx,
  { row }: ReviewSituation,
  values: Partial<typeof directReviews.$inferInsert>,
): Promise<void> {
  const changed = await tx
    .update(directReviews)
    .set({ ...values, version: sql`${directReviews.version} + 1` })
    .where(and(eq(directReviews.id, row.id), eq(directReviews.version, row.version)))
    .returning({ id: directReviews.id })
  if (changed.length === 0) throw new Error(`review ${row.id} changed under its lock`)
}
