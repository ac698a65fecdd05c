/** Direct deals at registered accounts: found where deals or accounts came in, and woken when something happens to them. */
import { and, eq, isNotNull, isNull, or, sql, type SQL } from 'drizzle-orm'
import { anyOf } from './any-of.ts'
import { claimsLike } from './claims-like.ts'
import type { Asked } from './company-search.ts'
import { isLiveHere } from './connections.ts'
import type { Db, Tx } from './connection.ts'
import { withKeptPlans } from './kept-plans.ts'
import { ITSELF, type Aliases } from '../domain/matching/met.ts'
import { isCertain } from '../domain/matching/reasons.ts'
import { nudge, workflowId } from './outbox.ts'
import { accounts, conflicts, deals, directReviews, links, registrations, users } from './schema/index.ts'
import { standsHere } from './standing.ts'

/**
 * Opens a review of each of these direct deals, and of those at these accounts, that stand at a registered account by now, and wakes
 * the reviews that are under way of them. One that was judged, by the claim's own check or by an earlier review, is left at that.
 *
 * A handful of statements however many deals; the page has locked the deals, so that of two pages one finds the other's review.
 */
export async function reviewDirectDeals(
  tx: Tx,
  changed: { dealIds: string[]; accountIds: string[] },
  aliases: Aliases = [],
): Promise<void> {
  const { dealIds, accountIds } = changed
  if (dealIds.length === 0 && accountIds.length === 0) return
  const among = or(
    dealIds.length === 0 ? undefined : anyOf(deals.id, dealIds),
    accountIds.length === 0 ? undefined : anyOf(deals.accountId, accountIds),
  )
  const open = await tx
    .select({ id: directReviews.id })
    .from(directReviews)
    .innerJoin(deals, eq(deals.id, directReviews.dealId))
    .where(and(isNull(directReviews.endedAt), among))
  const direct = (await isAnythingClaimed(tx)) ? await directDeals(tx, among) : []
  const found = direct.length === 0 ? [] : await openReviews(tx, direct, aliases)
  await nudge(
    tx,
    [...open, ...found].map(({ id }) => workflowId.directDeal(id)),
  )
}

interface DirectDeal {
  id: string
  account: Pick<typeof accounts.$inferSelect, 'id' | 'name' | 'domain' | 'country'>
}

/** Those among them that are open, no partner's by a registration, in a CRM that we may write to, and in no review yet. */
async function directDeals(tx: Tx, among: SQL | undefined): Promise<DirectDeal[]> {
  const { id, name, domain, country } = accounts
  return tx
    .select({ id: deals.id, account: { id, name, domain, country } })
    .from(deals)
    .innerJoin(accounts, eq(accounts.id, deals.accountId))
    .where(
      and(
        among,
        eq(deals.status, 'open'),
        // Not by its index, which a planner that has not met a growing table yet would read to its end.
        sql`(${deals.registrationId} is null) is true`,
        isLiveHere(deals.home),
        sql`not exists (select from ${links} l where l.record_id = ${deals.id} and l.connection = ${deals.home} and l.gone)`,
        sql`not exists (select from ${directReviews} o where o.deal_id = ${deals.id} and o.ended_at is null)`,
      ),
    )
}

/** Where nobody has registered anything, as in a CRM's first reading, a hundred thousand accounts need not be compared with it. */
async function isAnythingClaimed(tx: Tx): Promise<boolean> {
  const claimed = await tx
    .select({ id: registrations.id })
    .from(registrations)
    .where(and(isNotNull(registrations.partnerId), standsHere))
    .limit(1)
  return claimed.length > 0
}

/** One for each deal, with the claim that is likest of those that it was not judged beside before. */
async function openReviews(tx: Tx, direct: DirectDeal[], aliases: Aliases): Promise<{ id: string }[]> {
  const asked = new Map(
    direct.map(({ account }): [string, Asked] => [
      account.id,
      { ...account, email: null, accounts: new Map([[account.id, ITSELF]]) },
    ]),
  )
  const found = await withKeptPlans(tx, () => claimsLike(tx, [...asked.values()], aliases))
  const like = Map.groupBy(
    found.toSorted((a, b) => Number(isCertain(b.met)) - Number(isCertain(a.met))),
    ({ askedId }) => askedId,
  )
  const pairs = direct.flatMap(({ id, account }) =>
    (like.get(account.id) ?? []).map(({ id: registration, met }, place) => ({
      deal: id,
      registration,
      matched: met.matchedOn,
      score: met.score,
      place,
    })),
  )
  if (pairs.length === 0) return []
  const { rows } = await tx.execute<{ id: string }>(sql`
    insert into ${directReviews} (deal_id, registration_id, connection, matched_on, score)
    select distinct on (${deals.id}) ${deals.id}, ${registrations.id}, ${deals.home}, p.matched, p.score
    from jsonb_to_recordset(${JSON.stringify(pairs)}::jsonb) as p(deal uuid, registration uuid, matched jsonb, score int, place int)
    join ${deals} on ${deals.id} = p.deal
    join ${registrations} on ${registrations.id} = p.registration
    where ${deals.partnerId} is distinct from ${registrations.partnerId}
      and not exists (select from ${directReviews} o where o.deal_id = ${deals.id} and o.ended_at is null)
      and not exists (select from ${conflicts} c where c.registration_id = ${registrations.id} and c.kind = 'direct-deal' and c.other_id = ${deals.id})
    order by ${deals.id}, p.place
    on conflict (deal_id, registration_id) do update set
      round = direct_reviews.round + 1, version = direct_reviews.version + 1, state = 'found', matched_on = excluded.matched_on,
      score = excluded.score, connection = excluded.connection, ended_at = null, ended_by = null, held_stage = null, held_at = null,
      set_backs = 0, let_go = false, rep_untold = false, decide_by = null, remind_at = null, escalate_at = null, conclude_at = null
      where direct_reviews.state = 'ended'
    returning id`)
  return rows
}

/** The direct deal of a review, with its owner by name or address; undefined: there is no such review. */
export async function dealOfReview(db: Db, reviewId: string) {
  const [found] = await db
    .select({
      name: deals.name,
      amount: deals.amount,
      currency: deals.currency,
      owner: sql<string | null>`coalesce(${users.name}, ${users.email})`,
    })
    .from(directReviews)
    .innerJoin(deals, eq(deals.id, directReviews.dealId))
    .leftJoin(users, eq(users.id, deals.ownerId))
    .where(eq(directReviews.id, reviewId))
  return found
}

/** Wakes the reviews that a registration stands behind: it may have ended, or be approved by now. */
export async function wakeReviewsOf(tx: Tx, registrationId: string): Promise<void> {
  const open = await tx
    .select({ id: directReviews.id })
    .from(directReviews)
    .where(and(eq(directReviews.registrationId, registrationId), isNull(directReviews.endedAt)))
  await nudge(
    tx,
    open.map(({ id }) => workflowId.directDeal(id)),
  )
}

/** Wakes the reviews whose rep was not read yet when they were to be told, and is by now. */
export async function wakeUntoldReviews(tx: Tx): Promise<void> {
  const known = await tx
    .select({ id: directReviews.id })
    .from(directReviews)
    .innerJoin(deals, eq(deals.id, directReviews.dealId))
    .innerJoin(users, eq(users.id, deals.ownerId))
    .where(and(directReviews.repUntold, isNull(directReviews.endedAt), isNotNull(users.email)))
  await nudge(
    tx,
    known.map(({ id }) => workflowId.directDeal(id)),
  )
}
