/**
 * Links that stand for a person: 32 random bytes, of which only a hash is kept. A link is issued to an address, looked up when it is
 * opened, used once where it decides something, and revoked with what it was for.
 *
 * A mail that is sent twice carries two links, and both hold: which of them arrives is not known, and what they open happens once.
 */
import { createHash, randomBytes } from 'node:crypto'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { signedLinks, type LinkPurpose } from '../db/schema/index.ts'
import { CausewayError } from '../errors.ts'

export type SignedLink = typeof signedLinks.$inferSelect

/** What a link is for, and whose it is. */
export type LinkFor =
  | { purpose: 'preferences'; address: string }
  | { purpose: 'decide'; taskId: string; address: string }
  | {
      purpose: 'partner'
      partnerId: string
      address: string
      /** The person at the partner, where known. */
      contactId: string | null
      /** The one registration that it opens; null: the partner's own list and a new registration. */
      registrationId: string | null
    }

/** Issues a link that holds for `validMs` by the database's clock. The answer is the only time that its token is known. */
export async function issueLink(tx: Tx | Db, link: LinkFor, validMs: number): Promise<{ id: string; token: string }> {
  const token = randomBytes(32).toString('base64url')
  const expiresAt = sql<string>`now() + make_interval(secs => ${validMs / 1000}::float8)`
  const [made] = await tx
    .insert(signedLinks)
    .values({ ...link, hash: hashOf(token), expiresAt })
    .returning({ id: signedLinks.id })
  if (made === undefined) throw new Error('the link was not stored')
  return { id: made.id, token }
}

/** A link as it stands; `isOver` by the database's clock. */
export interface FoundLink extends SignedLink {
  isOver: boolean
}

/**
 * The link of a token, whatever became of it, so that a page can say what did. @throws CW_LINK_UNKNOWN for a token that was never issued
 * for this purpose
 */
export async function findLink(db: Db | Tx, token: string, purpose: LinkPurpose): Promise<FoundLink> {
  const [found] = await db
    .select({ link: signedLinks, isOver: sql<boolean>`${signedLinks.expiresAt} <= now()` })
    .from(signedLinks)
    .where(and(eq(signedLinks.hash, hashOf(token)), eq(signedLinks.purpose, purpose)))
  if (found === undefined) throw new CausewayError('CW_LINK_UNKNOWN', 'No such link was issued')
  return { ...found.link, isOver: found.isOver }
}

/** The link if it opens something now. @throws CW_LINK_UNKNOWN, CW_LINK_REVOKED, CW_LINK_USED, CW_LINK_EXPIRED */
export async function openLink(db: Db | Tx, token: string, purpose: LinkPurpose): Promise<FoundLink> {
  const link = await findLink(db, token, purpose)
  const detail = { linkId: link.id }
  if (link.revokedAt !== null)
    throw new CausewayError('CW_LINK_REVOKED', `The link was revoked at ${link.revokedAt}`, detail)
  if (link.usedAt !== null) throw new CausewayError('CW_LINK_USED', `The link was used at ${link.usedAt}`, detail)
  if (link.isOver) throw new CausewayError('CW_LINK_EXPIRED', `The link expired at ${link.expiresAt}`, detail)
  return link
}

/**
 * Uses a link up, in the transaction that does what it is for: of two that use it at once one wins, and a refusal of what follows
 * leaves it unused. @throws as `openLink`
 */
export async function useLink(tx: Tx, token: string, purpose: LinkPurpose): Promise<SignedLink> {
  const [used] = await tx
    .update(signedLinks)
    .set({ usedAt: sql`now()` })
    .where(
      and(
        eq(signedLinks.hash, hashOf(token)),
        eq(signedLinks.purpose, purpose),
        isNull(signedLinks.usedAt),
        isNull(signedLinks.revokedAt),
        sql`${signedLinks.expiresAt} > now()`,
      ),
    )
    .returning()
  if (used !== undefined) return used
  await openLink(tx, token, purpose)
  throw new Error('a link that holds was not used')
}

/** Revokes what is still open of a task, a registration, a person or a whole partner; answers how many links that were. */
export async function revokeLinks(
  tx: Tx,
  of:
    | { linkId: string }
    | { taskId: string }
    | { registrationId: string }
    | { contactId: string }
    | { partnerId: string },
): Promise<number> {
  const which =
    'linkId' in of
      ? eq(signedLinks.id, of.linkId)
      : 'taskId' in of
        ? eq(signedLinks.taskId, of.taskId)
        : 'registrationId' in of
          ? eq(signedLinks.registrationId, of.registrationId)
          : 'contactId' in of
            ? eq(signedLinks.contactId, of.contactId)
            : eq(signedLinks.partnerId, of.partnerId)
  const revoked = await tx
    .update(signedLinks)
    .set({ revokedAt: sql`now()` })
    .where(and(which, isNull(signedLinks.usedAt), isNull(signedLinks.revokedAt)))
    .returning({ id: signedLinks.id })
  return revoked.length
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex')
}
