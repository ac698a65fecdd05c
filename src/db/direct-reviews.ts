/** Direct deals at registered accounts: found where deals or accounts came in, and woken when something happens to them. */
import { and, eq, inArray, isNull, or, sql, type SQL, type SQLWrapper } from 'drizzle-orm'
import { openStates } from '../domain/registration-states.ts'
import { anyOf } from './any-of.ts'
import { isLiveHere } from './connections.ts'
import type { Tx } from './connection.ts'
import { nudge, workflowId } from './outbox.ts'
import { accounts, conflicts, deals, directReviews, links, registrations } from './schema/index.ts'

/** Whether a registration stands: a protection ends at its instant, whether or not its process has looked since. */
export const standsHere = sql`(${inArray(registrations.state, [...openStates])} and ${registrations.withdrawnAt} is null
  and (${registrations.state} <> 'approved' or ${registrations.protectedUntil} > now()))`

/** Whether an account is what a registration claims: the same domain certainly, the same name perhaps. */
export function isClaimedBy(account: { domain: SQLWrapper; nameKey: SQLWrapper }): SQL {
  return sql`(${registrations.domain} = ${account.domain} or ${registrations.nameKey} = ${account.nameKey})`
}

/**
 * Opens a review of each of these direct deals, and of those at these accounts, that stand at a registered account by now, and wakes
 * the reviews that are under way of them. One that was judged, by the claim's own check or by an earlier review, is left at that.
 *
 * Three statements however many deals; the page has locked the deals, so that of two pages one finds the other's review.
 */
export async function reviewDirectDeals(tx: Tx, changed: { dealIds: string[]; accountIds: string[] }): Promise<void> {
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
  const { rows: found } = await tx.execute<{ id: string }>(sql`
    insert into ${directReviews} (deal_id, registration_id, connection, matched_on, score)
    select distinct on (${deals.id}) ${deals.id}, ${registrations.id}, ${deals.home},
      jsonb_path_query_array(jsonb_build_array(
        case when ${registrations.domain} = ${accounts.domain} then 'domain' end,
        case when ${registrations.nameKey} = ${accounts.nameKey} then 'name' end), '$[*] ? (@ != null)'),
      case when ${registrations.domain} = ${accounts.domain} then 100 else 70 end
    from ${deals}
    join ${accounts} on ${accounts.id} = ${deals.accountId}
    join ${registrations} on ${isClaimedBy(accounts)} and ${standsHere}
    where ${among} and ${deals.status} = 'open' and ${deals.registrationId} is null and ${isLiveHere(deals.home)}
      and ${deals.partnerId} is distinct from ${registrations.partnerId}
      and not exists (select from ${links} l where l.record_id = ${deals.id} and l.connection = ${deals.home} and l.gone)
      and not exists (select from ${directReviews} o where o.deal_id = ${deals.id} and o.ended_at is null)
      and not exists (select from ${conflicts} c where c.registration_id = ${registrations.id} and c.kind = 'direct-deal' and c.other_id = ${deals.id})
    order by ${deals.id}, ${registrations.domain} = ${accounts.domain} desc nulls last, ${registrations.state} = 'approved' desc,
      ${registrations.submittedAt}, ${registrations.id}
    on conflict (deal_id, registration_id) do update set
      round = direct_reviews.round + 1, version = direct_reviews.version + 1, state = 'found', matched_on = excluded.matched_on,
      score = excluded.score, connection = excluded.connection, ended_at = null, ended_by = null, held_stage = null, held_at = null,
      set_backs = 0, let_go = false, decide_by = null, remind_at = null, escalate_at = null, conclude_at = null
      where direct_reviews.state = 'ended'
    returning id`)
  await nudge(
    tx,
    [...open, ...found].map(({ id }) => workflowId.directDeal(id)),
  )
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
