/** What stands against registrations that were just imported: reported, and left to the audit of conflicts to be ruled. */
import { accountsLike, dealsAt } from '../db/accounts-like.ts'
import { claimsLike } from '../db/claims-like.ts'
import type { Asked } from '../db/company-search.ts'
import type { Tx } from '../db/connection.ts'
import { withKeptPlans } from '../db/kept-plans.ts'
import type { Aliases, Met } from '../domain/matching/met.ts'

export interface ImportConflict {
  line: number
  kind: 'registration' | 'direct-deal'
  otherId: string
  /** The other one's line, where it came in with these rows. */
  otherLine: number | null
  /** What the two met in, the strongest first. */
  matchedOn: Met['matchedOn']
  /** Of 100. */
  score: number
}

/** A registration that came in, with the line that it stands in. */
export interface ImportedLine extends Asked {
  line: number
  partnerId: string
}

/** Other partners' live registrations, and open deals that are not the partner's, by the matching of a claim's own check. */
export async function importConflicts(
  tx: Tx,
  imported: readonly ImportedLine[],
  aliases: Aliases,
): Promise<ImportConflict[]> {
  const byId = new Map(imported.map((row) => [row.id, row]))
  const { at, claims, deals } = await withKeptPlans(tx, () => lookUp(tx, imported, aliases))
  const told = (askedId: string, kind: ImportConflict['kind'], other: string, partnerId: string | null, met: Met) => {
    const own = byId.get(askedId)
    if (own === undefined || partnerId === own.partnerId) return []
    const { matchedOn, score } = met
    return [{ line: own.line, kind, otherId: other, otherLine: byId.get(other)?.line ?? null, matchedOn, score }]
  }
  return [
    ...claims.flatMap(({ askedId, id, met, row }) => told(askedId, 'registration', id, row.partnerId, met)),
    ...at.flatMap(({ askedId, id, met }) =>
      (deals.get(id) ?? [])
        .filter(({ status }) => status === 'open')
        .flatMap((deal) => told(askedId, 'direct-deal', deal.id, deal.partnerId, met)),
    ),
  ].toSorted((a, b) => a.line - b.line || b.score - a.score || (a.otherId < b.otherId ? -1 : 1))
}

async function lookUp(tx: Tx, imported: readonly ImportedLine[], aliases: Aliases) {
  const at = await accountsLike(tx, imported, aliases)
  const known = Map.groupBy(at, ({ askedId }) => askedId)
  const claims = await claimsLike(
    tx,
    imported.map((row) => ({ ...row, accounts: new Map((known.get(row.id) ?? []).map(({ id, met }) => [id, met])) })),
    aliases,
  )
  const held = await dealsAt(
    tx,
    at.map(({ id }) => id),
  )
  return { at, claims, deals: Map.groupBy(held, ({ accountId }) => accountId) }
}
