/** A review of a direct deal with what its rule needs to know besides, locked for the step that follows. */
import { and, eq, sql } from 'drizzle-orm'
import { isObservedHere } from '../../db/connections.ts'
import { databaseNow, type Tx } from '../../db/connection.ts'
import { mappingsInForce } from '../../db/in-force.ts'
import {
  accounts,
  conflicts,
  deals,
  directReviews,
  links,
  registrations,
  shadows,
  tasks,
  users,
} from '../../db/schema/index.ts'
import { patienceMs } from '../../db/unread-users.ts'
import { standsHere } from '../../db/standing.ts'
import type { DirectReviewFacts } from '../../domain/direct-deal.ts'
import { ITSELF, meets, type Aliases } from '../../domain/matching/met.ts'
import { plus, type Instant } from '../../domain/time.ts'
import { mappingOf, objectFor, type System } from '../../mapping/systems.ts'
import { readField } from '../../mapping/translate.ts'
import { canHold } from '../../mapping/under-review.ts'
import type { Registration } from '../facts.ts'
import type { Programme } from '../programme.ts'

export type Review = typeof directReviews.$inferSelect
export type Deal = typeof deals.$inferSelect

export interface ReviewSituation {
  row: Review
  deal: Deal
  registration: Registration
  facts: DirectReviewFacts
  /** Whether the deal's CRM lets us say that it is under review. */
  canHold: boolean
  now: Instant
}

/**
 * Locks registration, deal, review and task, in that order as everyone who needs several, and gathers the facts. Undefined when one of
 * the rows is no more.
 */
export async function reviewSituation(tx: Tx, programme: Programme, id: string): Promise<ReviewSituation | undefined> {
  const [known] = await tx
    .select({ dealId: directReviews.dealId, registrationId: directReviews.registrationId })
    .from(directReviews)
    .where(eq(directReviews.id, id))
  if (known === undefined) return undefined
  const [home] = await tx.select({ home: deals.home }).from(deals).where(eq(deals.id, known.dealId))
  const system = programme.systems.get(home?.home ?? '')
  // Before any row is locked, as everyone who translates.
  if (system !== undefined) await mappingsInForce(tx, system)
  const [registration] = await tx
    .select({ row: registrations, stands: sql<boolean>`${standsHere}` })
    .from(registrations)
    .where(eq(registrations.id, known.registrationId))
    .for('update')
  const [deal] = await tx.select().from(deals).where(eq(deals.id, known.dealId)).for('update')
  const [row] = await tx.select().from(directReviews).where(eq(directReviews.id, id)).for('update')
  if (registration === undefined || deal === undefined || row === undefined) return undefined
  const place = await placeOf(tx, system, deal, registration.row, programme.policy.matching.aliases)
  const [task] = await tx
    .select({ state: tasks.state, decision: tasks.decision })
    .from(tasks)
    .where(and(eq(tasks.kind, 'review-direct-deal'), eq(tasks.subjectId, id), eq(tasks.round, row.round)))
    // Nobody decides while a step does: who was before is heard, who comes after is told how it ended.
    .for('no key update')
  const [finding] = await tx
    .select({ id: conflicts.id })
    .from(conflicts)
    .where(
      and(
        eq(conflicts.registrationId, registration.row.id),
        eq(conflicts.kind, 'direct-deal'),
        eq(conflicts.otherId, deal.id),
      ),
    )
    .limit(1)
  const rep = row.repUntold ? await repOf(tx, deal) : null
  const { directDeals } = programme.policy
  const { state, remindAt, escalateAt, concludeAt } = row
  return {
    row,
    deal,
    registration: registration.row,
    canHold: system !== undefined && canHold(mappingOf(system, place.object, 'deal')),
    now: await databaseNow(tx),
    facts: {
      state,
      observed: place.observed,
      on: directDeals.review,
      registered: registration.stands,
      screened: registration.row.state !== 'submitted' && registration.row.state !== 'screening',
      judged: finding !== undefined,
      protectedUntil: registration.row.state === 'approved' ? registration.row.protectedUntil : null,
      deal: {
        status: deal.status ?? 'open',
        gone: place.gone,
        atAccount: place.atAccount,
        registered: deal.registrationId !== null || deal.partnerId === registration.row.partnerId,
      },
      hold: {
        isThere: place.isHeld,
        isMoved: row.heldStage !== null && deal.stage !== null && deal.stage !== row.heldStage,
        mayForce: !row.letGo && row.setBacks < directDeals.setBackAtMost,
      },
      rep,
      task: task ?? null,
      remindAt,
      escalateAt,
      concludeAt,
    },
  }
}

/** The deal's owner, who was not read yet when they were to be told. A deal that is nobody's any more has nobody to wait for. */
async function repOf(tx: Tx, { ownerId }: Deal): Promise<DirectReviewFacts['rep']> {
  if (ownerId === null) return null
  const [user] = await tx
    .select({ email: users.email, createdAt: users.createdAt })
    .from(users)
    .where(eq(users.id, ownerId))
  return user === undefined ? null : { isKnown: user.email !== null, awaitedUntil: plus(user.createdAt, patienceMs) }
}

/** Where the deal stands: at the registered account or not, and what its CRM holds of it. */
async function placeOf(tx: Tx, system: System | undefined, deal: Deal, registration: Registration, aliases: Aliases) {
  const object = (system === undefined ? undefined : objectFor(system, 'deal')) ?? ''
  const [link] = await tx
    .select({ gone: links.gone, fields: shadows.fields, observed: sql<boolean>`${isObservedHere(links.connection)}` })
    .from(links)
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(eq(links.recordId, deal.id), eq(links.connection, deal.home ?? ''), eq(links.object, object)))
  const [account] =
    deal.accountId === null
      ? []
      : await tx
          .select({ id: accounts.id, name: accounts.name, domain: accounts.domain, country: accounts.country })
          .from(accounts)
          .where(eq(accounts.id, deal.accountId))
  return {
    object,
    gone: link?.gone ?? true,
    observed: link?.observed ?? false,
    atAccount: account !== undefined && isCompanyOf(account, registration, aliases),
    isHeld: link?.fields != null && isHeldThere(system, object, link.fields),
  }
}

/** Whether the account is what the claim is about. */
function isCompanyOf(
  account: Pick<typeof accounts.$inferSelect, 'id' | 'name' | 'domain' | 'country'>,
  { company, domain, country, contactEmail, accountId }: Registration,
  aliases: Aliases,
): boolean {
  const itself = new Map([[account.id, ITSELF]])
  const claimed = { name: company, domain, country, email: contactEmail, accountId }
  return meets({ ...account, email: null, accounts: itself }, claimed, aliases) !== null
}

/** Whether the CRM's record says that the deal is held, as it was read or written last. */
function isHeldThere(system: System | undefined, object: string, fields: typeof shadows.$inferSelect.fields): boolean {
  const mapping = system === undefined ? undefined : mappingOf(system, object, 'deal')
  const field = mapping?.fields.find((one) => one.field === 'underReview' && one.transform === undefined)
  if (field === undefined) return false
  const read = readField(field, fields, { toOurs: () => undefined, toTheirs: () => undefined })
  return 'value' in read && read.value === 'true'
}
