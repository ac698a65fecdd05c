/** Links that open a partner's pages, as staff see them: for whom and until when. The token is kept nowhere. */
import { and, desc, eq } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { signedLinks } from '../db/schema/index.ts'

/** The newest first. */
export async function partnerLinks(db: Db, partnerId: string) {
  return db
    .select({
      id: signedLinks.id,
      address: signedLinks.address,
      registrationId: signedLinks.registrationId,
      createdAt: signedLinks.createdAt,
      expiresAt: signedLinks.expiresAt,
      revokedAt: signedLinks.revokedAt,
    })
    .from(signedLinks)
    .where(and(eq(signedLinks.purpose, 'partner'), eq(signedLinks.partnerId, partnerId)))
    .orderBy(desc(signedLinks.createdAt))
    .limit(200)
}
