/** What a notice can say of a direct deal at a registered account. */
import { eq } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { deals, directReviews, users } from '../../db/schema/index.ts'
import type { Facts } from '../../domain/notice.ts'

export async function reviewFacts(db: Db, reviewId: string): Promise<Facts> {
  const [found] = await db
    .select({
      name: deals.name,
      amount: deals.amount,
      currency: deals.currency,
      owner: users.name,
      ownerEmail: users.email,
    })
    .from(directReviews)
    .innerJoin(deals, eq(deals.id, directReviews.dealId))
    .leftJoin(users, eq(users.id, deals.ownerId))
    .where(eq(directReviews.id, reviewId))
  if (found === undefined) return {}
  const { name, amount, currency, owner, ownerEmail } = found
  return {
    deal: name,
    owner: owner ?? ownerEmail,
    dealAmount: amount === null ? null : { amount, currency },
  }
}
