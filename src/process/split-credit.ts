/** The credit of a deal that two have a part in, as a rule of the policy shares it: carried to the deal when a claim is approved. */
import { and, desc, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { conflicts, deals, events, judgements, registrations } from '../db/schema/index.ts'
import { standsHere } from '../db/standing.ts'
import { restOf, type Split } from '../domain/ruling.ts'
import { keepParts, partIn } from './deal-parts.ts'
import type { Registration } from './facts.ts'
import type { Programme } from './programme.ts'
import { paragraphOf } from './reasons.ts'

export interface Credit {
  rule: string
  /** Of the claim, and of the other, in per cent. */
  share: string
  rest: string
  other: Other
}

/** With whom: another partner by its claim, with the deal that it has already; or our own sales by their deal. */
type Other =
  { kind: 'registration'; id: string; partnerId: string; dealId: string | null } | { kind: 'direct-deal'; id: string }

/**
 * What the claim's last check said of a shared credit, or the check of an approved claim that met this one. Null where nobody shares it,
 * or the other is over by now.
 */
export async function creditOf(tx: Tx, row: Registration): Promise<Credit | null> {
  const own = await lastSplit(tx, row.id)
  if (own !== null) {
    const other = await otherOf(tx, row, own)
    return other === null ? null : { rule: own.rule, share: own.share, rest: restOf(own.share), other }
  }
  const beside = await tx
    .selectDistinct({ id: registrations.id })
    .from(conflicts)
    .innerJoin(registrations, eq(registrations.id, conflicts.registrationId))
    .where(
      and(
        eq(conflicts.kind, 'registration'),
        eq(conflicts.otherId, row.id),
        eq(registrations.state, 'approved'),
        standsHere,
      ),
    )
    .orderBy(registrations.id)
  for (const { id } of beside) {
    const theirs = await lastSplit(tx, id)
    if (theirs?.withId !== row.id) continue
    const other = await otherOf(tx, row, { kind: 'registration', withId: id })
    if (other !== null) return { rule: theirs.rule, share: restOf(theirs.share), rest: theirs.share, other }
  }
  return null
}

async function lastSplit(tx: Tx, registrationId: string): Promise<Split | null> {
  const [last] = await tx
    .select({ split: judgements.split })
    .from(judgements)
    .where(eq(judgements.registrationId, registrationId))
    .orderBy(desc(judgements.round), desc(judgements.at))
    .limit(1)
  return last?.split ?? null
}

/** Null where it is over by now, or the same partner's. */
async function otherOf(
  tx: Tx,
  row: Registration,
  { kind, withId: id }: Pick<Split, 'kind' | 'withId'>,
): Promise<Other | null> {
  if (kind === 'direct-deal') {
    const [open] = await tx
      .select({ id: deals.id })
      .from(deals)
      .where(and(eq(deals.id, id), eq(deals.status, 'open')))
    return open === undefined ? null : { kind, id }
  }
  const [claim] = await tx
    .select({ partnerId: registrations.partnerId, dealId: registrations.dealId })
    .from(registrations)
    .where(and(eq(registrations.id, id), standsHere))
  return claim === undefined || claim.partnerId === null || claim.partnerId === row.partnerId
    ? null
    : { kind, id, partnerId: claim.partnerId, dealId: claim.dealId }
}

/**
 * Makes both parties of the claim's deal, each with its share: the claim's partner as who brought it, the other as who sells along. Where
 * another partner's claim has a deal of its own, that one says the same.
 */
export async function shareCredit(
  tx: Tx,
  programme: Programme,
  row: Registration,
  dealId: string,
  { rule, share, rest, other }: Credit,
): Promise<void> {
  const own = { partnerId: row.partnerId, share }
  const theirs = { partnerId: other.kind === 'registration' ? other.partnerId : null, share: rest }
  await partsOf(tx, programme, dealId, own, theirs)
  if (other.kind === 'registration' && other.dealId !== null && other.dealId !== dealId)
    await partsOf(tx, programme, other.dealId, theirs, own)
  // Of no partner: neither learns of the other here. Each claim's timeline says the shares as seen from it.
  const stepKey = `credit:${row.id}:${other.id}`
  const cited = paragraphOf(programme.policy, rule)
  const event = {
    partnerId: null,
    what: 'credit.split',
    actor: 'system',
    rule,
    policyVersion: programme.policy.version,
  }
  await tx.insert(events).values([
    {
      ...event,
      subjectId: row.id,
      stepKey,
      detail: { with: other.kind, otherId: other.id, share, rest, dealId, ...cited },
    },
    ...(other.kind === 'registration'
      ? [
          {
            ...event,
            subjectId: other.id,
            stepKey,
            detail: { with: other.kind, otherId: row.id, share: rest, rest: share, dealId: other.dealId, ...cited },
          },
        ]
      : []),
  ])
}

interface Part {
  /** Null: our own sales. */
  partnerId: string | null
  share: string
}

async function partsOf(tx: Tx, programme: Programme, dealId: string, first: Part, second: Part): Promise<void> {
  const [deal] = await tx.select({ id: deals.id, home: deals.home }).from(deals).where(eq(deals.id, dealId))
  if (deal === undefined) throw new Error(`the deal ${dealId} is not there`)
  const kept: { partnerId: string; partyId: string }[] = []
  for (const [{ partnerId, share }, role] of [
    [first, 'sourcing'],
    [second, 'co-sell'],
  ] as const) {
    const partyId = await partIn(tx, dealId, partnerId, role, share)
    if (partnerId !== null) kept.push({ partnerId, partyId })
  }
  await keepParts(tx, programme, deal, kept)
}
