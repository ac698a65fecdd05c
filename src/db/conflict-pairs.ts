/** Accounts that more than one side pursues: every live claim looked for among direct deals and other claims, page by page. */
import { sql } from 'drizzle-orm'
import type { ConflictPair, Pursuer } from '../domain/conflict-audit.ts'
import { ITSELF, type Aliases, type Met } from '../domain/matching/met.ts'
import { isFirst } from '../domain/ruling.ts'
import { accountsLike, dealsAt } from './accounts-like.ts'
import { anyOf } from './any-of.ts'
import { claimsLike } from './claims-like.ts'
import type { Asked } from './company-search.ts'
import type { Db, Tx } from './connection.ts'
import { withKeptPlans } from './kept-plans.ts'
import { accounts, conflicts, deals, registrations, users } from './schema/index.ts'
import { standsHere } from './standing.ts'

/** Claims a page: a handful of statements each. */
const PAGE = 200

/** What was found of a claim and another one, or a deal. */
interface Found extends Met {
  claimId: string
  otherId: string
  kind: ConflictPair['kind']
}

/**
 * Every pair of a live claim and an open direct deal, and of the live claims of two partners, that are about one company: by the same
 * matching as a claim's own check. Of two claims the one that was first is the pair's claim.
 *
 * Its cost grows with the claims, a few look-ups by index for each, and not with the accounts.
 */
export async function conflictPairs(db: Db, aliases: Aliases): Promise<ConflictPair[]> {
  const found = new Map<string, Found>()
  for (let after: string | null = null; ;) {
    const page = await db.transaction(
      async (tx) => {
        const claims = await liveClaims(tx, after)
        for (const pair of await withKeptPlans(tx, () => pairsOf(tx, claims, aliases))) {
          const key = [pair.claimId, pair.otherId].toSorted().join(' ')
          const known = found.get(key)
          if (known === undefined || known.score < pair.score) found.set(key, pair)
        }
        return claims
      },
      { accessMode: 'read only' },
    )
    after = page.at(-1)?.id ?? null
    if (after === null || page.length < PAGE) break
  }
  return described(db, [...found.values()])
}

interface LiveClaim extends Asked {
  partnerId: string
}

/** In the order of their ids. */
async function liveClaims(tx: Tx, after: string | null): Promise<LiveClaim[]> {
  const { id, partnerId, company, domain, country, contactEmail, accountId } = registrations
  const rows = await tx
    .select({ id, partnerId, name: company, domain, country, email: contactEmail, accountId })
    .from(registrations)
    .where(
      sql`${standsHere} and ${registrations.partnerId} is not null ${after === null ? sql`` : sql`and ${registrations.id} > ${after}`}`,
    )
    .orderBy(registrations.id)
    .limit(PAGE)
  return rows.map(({ partnerId: partner, accountId: own, ...claim }) => {
    const known = new Map<string, Met>(own === null ? [] : [[own, ITSELF]])
    return { ...claim, partnerId: partner ?? '', accounts: known }
  })
}

async function pairsOf(tx: Tx, claims: readonly LiveClaim[], aliases: Aliases): Promise<Found[]> {
  const at = await accountsLike(tx, claims, aliases)
  const known = Map.groupBy(at, ({ askedId }) => askedId)
  const asked = claims.map((claim) => ({
    ...claim,
    accounts: new Map((known.get(claim.id) ?? []).map(({ id, met }) => [id, met])),
  }))
  const partnerOf = new Map(claims.map(({ id, partnerId }) => [id, partnerId]))
  const others = await claimsLike(tx, asked, aliases)
  const open = (
    await dealsAt(
      tx,
      at.map(({ id }) => id),
    )
  ).filter(isDirect)
  const dealsOf = Map.groupBy(open, ({ accountId }) => accountId)
  return [
    ...at.flatMap(({ askedId, id, met }) =>
      (dealsOf.get(id) ?? []).map((deal): Found => ({
        ...met,
        claimId: askedId,
        otherId: deal.id,
        kind: 'direct-deal',
      })),
    ),
    ...others
      .filter(({ askedId, row }) => row.partnerId !== partnerOf.get(askedId))
      .map(({ askedId, id, met }): Found => ({ ...met, claimId: askedId, otherId: id, kind: 'registration' })),
  ]
}

/** Our own sales' alone, in a CRM that we may write to. */
function isDirect({ status, partnerId, source, live }: Awaited<ReturnType<typeof dealsAt>>[number]): boolean {
  return status === 'open' && live && partnerId === null && (source ?? 'direct') === 'direct'
}

/** Who is first of each, whether it was ruled, and where it belongs. */
async function described(db: Db, found: readonly Found[]): Promise<ConflictPair[]> {
  if (found.length === 0) return []
  const ids = found.flatMap(({ claimId, otherId }) => [claimId, otherId])
  const claims = new Map(
    (
      await db
        .select({
          id: registrations.id,
          domain: registrations.domain,
          nameKey: registrations.nameKey,
          since: sql<string>`coalesce(${registrations.submittedAt}, ${registrations.createdAt})`,
          country: sql<string | null>`coalesce(${accounts.country}, ${registrations.country})`,
          owner: users.email,
        })
        .from(registrations)
        .leftJoin(accounts, sql`${accounts.id} = ${registrations.accountId}`)
        .leftJoin(users, sql`${users.id} = ${accounts.ownerId}`)
        .where(anyOf(registrations.id, ids))
    ).map(asPursuer),
  )
  const sales = new Map(
    (
      await db
        .select({
          id: deals.id,
          domain: accounts.domain,
          nameKey: accounts.nameKey,
          since: sql<string>`coalesce(${deals.openedAt}, ${deals.createdAt})`,
          country: accounts.country,
          owner: users.email,
        })
        .from(deals)
        .innerJoin(accounts, sql`${accounts.id} = ${deals.accountId}`)
        .leftJoin(users, sql`${users.id} = ${deals.ownerId}`)
        .where(anyOf(deals.id, ids))
    ).map(asPursuer),
  )
  const ruled = await ruledPairs(db, found)
  return found.flatMap(({ claimId, otherId, kind, ...met }): ConflictPair[] => {
    const a = claims.get(claimId)
    const b = kind === 'direct-deal' ? sales.get(otherId) : claims.get(otherId)
    if (a === undefined || b === undefined) return []
    const isInOrder = kind === 'direct-deal' || isFirst(dated(a), dated(b))
    const [claim, other] = isInOrder ? [a, b] : [b, a]
    return [
      {
        registrationId: claim.id,
        otherId: other.id,
        kind,
        ...met,
        claim,
        other,
        ruled: ruled.has(`${claimId} ${otherId}`),
        country: b.country ?? a.country,
        owner: b.owner ?? a.owner,
      },
    ]
  })
}

function asPursuer<Row extends Pursuer>(row: Row): [string, Row] {
  return [row.id, { ...row, since: new Date(row.since).toISOString() }]
}

function dated({ id, since }: Pursuer) {
  return { id, submittedAt: since }
}

/** Those that a decision about one of the claims ruled on, whichever of the two it was. */
async function ruledPairs(db: Db, found: readonly Found[]): Promise<Set<string>> {
  const pairs = JSON.stringify(found.map(({ claimId, otherId }) => ({ a: claimId, b: otherId })))
  const { rows } = await db.execute<{ a: string; b: string }>(sql`
    select p.a::text, p.b::text from jsonb_to_recordset(${pairs}::jsonb) as p(a uuid, b uuid)
    where exists (select from ${conflicts} x where x.registration_id = p.a and x.other_id = p.b and x.ruling is not null)
      or exists (select from ${conflicts} x where x.registration_id = p.b and x.other_id = p.a and x.ruling is not null)`)
  return new Set(rows.map(({ a, b }) => `${a} ${b}`))
}
