/** What a notice can say of a direct deal at a registered account. */
import type { Db } from '../../db/connection.ts'
import { dealOfReview } from '../../db/direct-reviews.ts'
import type { Facts } from '../../domain/notice.ts'

export async function reviewFacts(db: Db, reviewId: string): Promise<Facts> {
  const found = await dealOfReview(db, reviewId)
  if (found === undefined) return {}
  const { name, amount, currency, owner } = found
  return {
    deal: name,
    owner,
    dealAmount: amount === null ? null : { amount, currency },
  }
}
