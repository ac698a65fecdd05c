import { asc, eq } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { exchanges } from '../db/schema/index.ts'

/** What was asked about a claim, and answered, the first question first. Names nobody. */
export async function questionsOf(db: Db | Tx, registrationId: string) {
  return db
    .select({
      question: exchanges.question,
      askedAt: exchanges.askedAt,
      answer: exchanges.answer,
      answeredAt: exchanges.answeredAt,
    })
    .from(exchanges)
    .where(eq(exchanges.registrationId, registrationId))
    .orderBy(asc(exchanges.round))
}
