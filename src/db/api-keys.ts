/** API keys: `ck_` and 32 random bytes. Only a hash is kept, so a key is shown once and never again. */
import { createHash, randomBytes } from 'node:crypto'
import { and, desc, eq, isNull, sql } from 'drizzle-orm'
import { CausewayError } from '../errors.ts'
import { recordAudit } from './audit.ts'
import type { Db, Tx } from './connection.ts'
import { apiKeys, partners } from './schema/index.ts'

export type KeyHolder =
  | { role: 'admin' | 'manager'; keyId: string; label: string; email: string | null }
  | { role: 'partner'; keyId: string; label: string; partnerId: string }

export interface NewKey {
  /** Names the person or program that uses the key; shown in decisions and timelines. */
  label: string
  role: 'admin' | 'manager' | 'partner'
  /** The partner that a partner's key acts for; null for all others. */
  partnerId: string | null
  /** The person that it stands for, by their address; absent or null: the whole programme. */
  email?: string | null
}

export interface KeyInfo extends NewKey {
  email: string | null
  id: string
  partner: string | null
  createdAt: string
  revokedAt: string | null
}

/**
 * Makes a key and answers it with its id; this is the only time that the key itself is known.
 *
 * @param actor who makes it, for the audit
 * @throws CW_REQUEST_INVALID when role and partner do not go together, CW_PARTNER_UNKNOWN
 */
export async function createKey(
  db: Db | Tx,
  { label, role, partnerId, email = null }: NewKey,
  actor = 'cli',
): Promise<{ id: string; key: string }> {
  if ((role === 'partner') !== (partnerId !== null)) {
    throw new CausewayError('CW_REQUEST_INVALID', 'A partner key needs its partner, and no other key has one', {
      field: 'partnerId',
    })
  }
  if (role === 'partner' && email !== null)
    throw new CausewayError('CW_REQUEST_INVALID', 'A partner key stands for its partner and for no person', {
      field: 'email',
    })
  if (partnerId !== null) {
    const [partner] = await db.select({ id: partners.id }).from(partners).where(eq(partners.id, partnerId))
    if (partner === undefined) throw new CausewayError('CW_PARTNER_UNKNOWN', `There is no partner ${partnerId}`)
  }
  const key = `ck_${randomBytes(32).toString('base64url')}`
  return db.transaction(async (tx) => {
    const [made] = await tx
      .insert(apiKeys)
      .values({ hash: hashOf(key), label, role, partnerId, email })
      .returning({ id: apiKeys.id })
    if (made === undefined) throw new Error('the key was not stored')
    await recordAudit(tx, [{ what: 'key.created', actor, detail: { keyId: made.id, role, partnerId } }])
    return { id: made.id, key }
  })
}

/** Who holds the key; undefined when it is unknown or revoked. */
export async function findKey(db: Db, key: string): Promise<KeyHolder | undefined> {
  const [row] = await db
    .select({
      keyId: apiKeys.id,
      label: apiKeys.label,
      role: apiKeys.role,
      partnerId: apiKeys.partnerId,
      email: apiKeys.email,
    })
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hashOf(key)), isNull(apiKeys.revokedAt)))
  if (row === undefined) return undefined
  const { role, partnerId, email, ...known } = row
  if (role !== 'partner') return { role, email, ...known }
  return partnerId === null ? undefined : { role, partnerId, ...known }
}

/** All keys, the newest first, those that are revoked included. */
export async function listKeys(db: Db): Promise<KeyInfo[]> {
  return db
    .select({
      id: apiKeys.id,
      label: apiKeys.label,
      role: apiKeys.role,
      partnerId: apiKeys.partnerId,
      partner: partners.name,
      email: apiKeys.email,
      createdAt: apiKeys.createdAt,
      revokedAt: apiKeys.revokedAt,
    })
    .from(apiKeys)
    .leftJoin(partners, eq(partners.id, apiKeys.partnerId))
    .orderBy(desc(apiKeys.id))
}

/** Ends a key at once. Repeating it changes nothing. @throws CW_NOT_FOUND */
export async function revokeKey(db: Db, id: string, actor = 'cli'): Promise<void> {
  await db.transaction(async (tx) => {
    const revoked = await tx
      .update(apiKeys)
      .set({ revokedAt: sql`now()` })
      .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)))
      .returning({ id: apiKeys.id })
    if (revoked.length > 0) return recordAudit(tx, [{ what: 'key.revoked', actor, detail: { keyId: id } }])
    const known = await tx.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id))
    if (known.length === 0) throw new CausewayError('CW_NOT_FOUND', `There is no key ${id}`, { id })
  })
}

function hashOf(key: string): string {
  return createHash('sha256').update(key).digest('hex')
}
