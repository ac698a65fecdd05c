/** A submission that is sent twice is taken in once: by the token of its form, or the key that a program gives its request. */
import { createHash } from 'node:crypto'
import { eq, lt, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { onceTokens } from '../../db/schema/index.ts'
import { submit, type Submission } from '../submit.ts'

/** How long a token is remembered. */
const KEPT = sql`now() - interval '7 days'`

/**
 * @param token of this one submission, as its sender chose it
 * @returns the registration's id, whether it was taken in now or before
 * @throws as `submit`
 */
export async function submitOnce(db: Db, token: string, submission: Submission): Promise<string> {
  const hash = createHash('sha256').update(`${submission.partnerId}\n${token}`).digest('hex')
  return db.transaction(async (tx) => {
    // The second of two at the same moment waits for the first, and finds what came of it.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${hash}, 0))`)
    const [known] = await tx.select().from(onceTokens).where(eq(onceTokens.hash, hash))
    if (known !== undefined) return known.resultId
    const resultId = await submit(tx, submission)
    await tx.insert(onceTokens).values({ hash, partnerId: submission.partnerId, resultId })
    await tx.delete(onceTokens).where(lt(onceTokens.createdAt, KEPT))
    return resultId
  })
}
