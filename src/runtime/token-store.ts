/** A connection's token, sealed in the database and renewed by one owner at a time, whichever process asks. */
import { eq, sql } from 'drizzle-orm'
import { z } from 'zod'
import type { Token, TokenStore } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { tokens } from '../db/schema/index.ts'
import { seal, unseal } from './seal.ts'

const tokenSchema = z.object({
  accessToken: z.string(),
  instanceUrl: z.string().nullable(),
  expiresAt: z.string().nullable(),
  refreshToken: z.string().nullable().default(null),
})

/** @param key 32 bytes; a token sealed with another key counts as none */
export function databaseTokens(db: Db, connection: string, key: Buffer): TokenStore {
  return {
    async current() {
      const [row] = await db.select({ sealed: tokens.sealed }).from(tokens).where(eq(tokens.connection, connection))
      return row === undefined ? null : read(row.sealed, key)
    },

    renew: (stale, mint) =>
      db.transaction(async (tx) => {
        // The lock outlives the vendor's answer on purpose: a second caller waits and then finds the new token.
        await lock(tx, connection)
        const [row] = await tx.select({ sealed: tokens.sealed }).from(tokens).where(eq(tokens.connection, connection))
        const present = row === undefined ? null : read(row.sealed, key)
        if (present !== null && present.accessToken !== stale?.accessToken) return present
        const fresh = await mint(present)
        await write(tx, connection, fresh, key)
        return fresh
      }),
  }
}

/** Puts a token in force that a person's consent gave; who is just renewing the earlier one comes first. */
export async function keepToken(db: Db, connection: string, token: Token, key: Buffer): Promise<void> {
  await db.transaction(async (tx) => {
    await lock(tx, connection)
    await write(tx, connection, token, key)
  })
}

async function lock(tx: Tx, connection: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`token ${connection}`}, 0))`)
}

async function write(tx: Tx, connection: string, token: Token, key: Buffer): Promise<void> {
  const sealed = seal(JSON.stringify(token), key)
  await tx
    .insert(tokens)
    .values({ connection, sealed })
    .onConflictDoUpdate({ target: tokens.connection, set: { sealed, version: sql`${tokens.version} + 1` } })
}

/** Null: sealed with another key, so that a new one must be made. */
function read(sealed: string, key: Buffer): Token | null {
  const text = unseal(sealed, key)
  return text === null ? null : tokenSchema.parse(JSON.parse(text))
}
