/** Direct deals at registered accounts: what is asked of the rep's manager, and what became of it. */
import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { DirectReviewState, ReviewEnd } from '../../domain/direct-deal.ts'
import type { Matched } from '../../domain/ruling.ts'
import { appOnly, id, instant } from './columns.ts'

/**
 * A direct deal that was opened at an account that a partner has registered. The row is the truth of its process. One for each deal
 * and registration: a ruling stands, and what ended by itself is taken up again in a new round.
 */
export const directReviews = pgTable(
  'direct_reviews',
  {
    id: id(),
    version: integer().notNull().default(1),
    /** No reference: what tells of the past keeps the ids that were in force, also when records are merged. */
    dealId: uuid('deal_id').notNull(),
    registrationId: uuid('registration_id').notNull(),
    /** The CRM connection that the deal lives in. */
    connection: text().notNull(),
    round: integer().notNull().default(1),
    state: text().$type<DirectReviewState>().notNull().default('found'),
    /** Codes of what matched. */
    matchedOn: jsonb('matched_on').$type<Matched[]>().notNull(),
    score: integer().notNull(),
    /** The CRM's stage to which the deal is set back; null: nothing is set back. */
    heldStage: text('held_stage'),
    heldAt: instant('held_at'),
    setBacks: integer('set_backs').notNull().default(0),
    /** Its stage was moved too often: it is not set back any more. */
    letGo: boolean('let_go').notNull().default(false),
    /** The deal's owner was not read yet when they were to be told: they are as soon as they are known. */
    repUntold: boolean('rep_untold').notNull().default(false),
    /** Who is asked, and who is told at last. */
    assignee: text(),
    decideBy: instant('decide_by'),
    remindAt: instant('remind_at'),
    escalateAt: instant('escalate_at'),
    /** When the policy's default decides. */
    concludeAt: instant('conclude_at'),
    /** Why it ended without a ruling. */
    endedBy: text('ended_by').$type<ReviewEnd>(),
    ruledBy: text('ruled_by'),
    rule: text(),
    policyVersion: text('policy_version'),
    /** When the process next looks by itself; kept for the relay and for a lost Temporal server. */
    wakeAt: instant('wake_at'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    uniqueIndex('direct_reviews_once').on(t.dealId, t.registrationId),
    uniqueIndex('direct_reviews_one')
      .on(t.dealId)
      .where(sql`${t.endedAt} is null`),
    index('direct_reviews_registration').on(t.registrationId),
    index('direct_reviews_open')
      .on(t.wakeAt)
      .where(sql`${t.endedAt} is null`),
    appOnly('direct_reviews'),
  ],
)
