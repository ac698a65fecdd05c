/** Accounts of the CRMs that are the claim's company: their open direct deals, and whether they are customers. */
import { dealsAt, type AccountLike } from '../../db/accounts-like.ts'
import type { Tx } from '../../db/connection.ts'
import type { Finding } from '../../domain/ruling.ts'
import { claimInstant } from '../claimed.ts'
import type { Registration } from '../facts.ts'

export async function dealsOf(tx: Tx, row: Registration, known: readonly AccountLike[]): Promise<Finding[]> {
  const deals = await dealsAt(
    tx,
    known.map(({ id }) => id),
  )
  const at = Map.groupBy(deals, ({ accountId }) => accountId)
  return known.flatMap(({ id, met, row: { type } }): Finding[] => {
    const held = at.get(id) ?? []
    const direct = held
      .filter(({ status }) => status === 'open')
      .map(({ id: otherId, openedAt }): Finding => ({
        kind: 'direct-deal',
        otherId,
        ...met,
        other: { openedAt: openedAt === null ? null : new Date(openedAt).toISOString() },
        since: claimInstant(row, row.clockAheadMs, met.matchedOn),
      }))
    const last = held.find(({ status }) => status === 'won')
    if (last === undefined && !isCustomer(type)) return direct
    const other = {
      partnerId: last?.partnerId ?? null,
      wonAt: last === undefined ? null : new Date(last.closed).toISOString(),
    }
    return [...direct, { kind: 'customer', otherId: id, other, ...met }]
  })
}

/** CRMs have several kinds of them: `Customer - Direct`. */
function isCustomer(type: string | null): boolean {
  return type !== null && /^customer\b/i.test(type)
}
