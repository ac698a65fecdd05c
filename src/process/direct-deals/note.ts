/** What a review adds to the timelines, and how its row changes. */
import { and, eq, sql } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { directReviews, events } from '../../db/schema/index.ts'
import type { Programme } from '../programme.ts'
import type { ReviewSituation } from './situation.ts'

interface Note {
  what: string
  /** Unique for the review's round; absent: `what`. */
  key?: string
  actor?: string
  rule?: string
  detail?: Record<string, string | number | boolean | null>
  /** Whether the registration's timeline tells of it too. Its partner never sees it: a direct deal is none of theirs. */
  onClaim?: boolean
}

/** Adds to the review's timeline and answers the event's id. */
export async function noteReview(
  tx: Tx,
  programme: Programme,
  { row, deal, registration }: ReviewSituation,
  { what, key = what, actor = 'system', rule, detail = {}, onClaim = false }: Note,
): Promise<string> {
  const event = {
    partnerId: null,
    what,
    actor,
    rule: rule ?? null,
    policyVersion: programme.policy.version,
    detail: { ...detail, reviewId: row.id, dealId: deal.id, registrationId: registration.id },
  }
  const [added] = await tx
    .insert(events)
    .values({ ...event, subjectId: row.id, stepKey: `${String(row.round)}:${key}` })
    .returning({ id: events.id })
  if (added === undefined) throw new Error(`event ${key} was not added`)
  if (onClaim)
    await tx
      .insert(events)
      .values({ ...event, subjectId: registration.id, stepKey: `direct-deal:${row.id}:${String(row.round)}:${key}` })
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
