/** A connection's token, sealed in the database and renewed by one owner at a time, whichever process asks. */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Token, TokenStore } from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { tokens } from '../db/schema/index.ts'

const tokenSchema = z.object({
  accessToken: z.string(),
  instanceUrl: z.string().nullable(),
  expiresAt: z.string().nullable(),
})

/** @param key 32 bytes; a token sealed with another key counts as none */
export function databaseTokens(db: Db, connection: string, key: Buffer): TokenStore {
  return {
    async current() {
      const [row] = await db.select({ sealed: tokens.sealed }).from(tokens).where(eq(tokens.connection, connection))
      return row === undefined ? null : unseal(row.sealed, key)
    },

    renew: (stale, mint) =>
      db.transaction(async (tx) => {
        // The lock outlives the vendor's answer on purpose: a second caller waits and then finds the new token.
        await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`token ${connection}`}, 0))`)
        const [row] = await tx.select({ sealed: tokens.sealed }).from(tokens).where(eq(tokens.connection, connection))
        const present = row === undefined ? null : unseal(row.sealed, key)
        if (present !== null && present.accessToken !== stale?.accessToken) return present
        const fresh = await mint()
        const sealed = seal(fresh, key)
        await tx
          .insert(tokens)
          .values({ connection, sealed })
          .onConflictDoUpdate({ target: tokens.connection, set: { sealed, version: sql`${tokens.version} + 1` } })
        return fresh
      }),
  }
}

function seal(token: Token, key: Buffer): string {
  const iv = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, iv)
  const body = Buffer.concat([cipher.update(JSON.stringify(token), 'utf8'), cipher.final()])
  return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64')
}

function unseal(sealed: string, key: Buffer): Token | null {
  const bytes = Buffer.from(sealed, 'base64')
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, 12))
    decipher.setAuthTag(bytes.subarray(12, 28))
    return tokenSchema.parse(
      JSON.parse(Buffer.concat([decipher.update(bytes.subarray(28)), decipher.final()]).toString('utf8')),
    )
  } catch {
    return null // sealed with another key: a new token is made
  }
}
