/** The tokens that the running Causeway keeps, for a look from outside. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { sql } from 'drizzle-orm'
import type { TokenStore } from '../../../connectors/contract.ts'
import { openDatabase } from '../../db/connection.ts'
import type { Environment } from '../environment.ts'
import { databaseTokens } from '../token-store.ts'

/** Null: there is no database that answers, or no key to open them with. */
export async function keptTokens(
  { dataDir, secretKey }: Environment,
  databaseUrl: string | null,
): Promise<{ of: (connection: string) => TokenStore; close(): Promise<void> } | null> {
  const key = await keyOf(secretKey, join(dataDir, 'secret.key'))
  if (databaseUrl === null || key === null) return null
  const database = openDatabase(databaseUrl, 3)
  try {
    await database.db.execute(sql`select from tokens limit 1`)
    return { of: (connection) => databaseTokens(database.db, connection, key), close: () => database.close() }
  } catch {
    // What is the matter with the database is said of the database.
    await database.close().catch(() => undefined)
    return null
  }
}

async function keyOf(given: string | null, file: string): Promise<Buffer | null> {
  try {
    const key = Buffer.from(given ?? (await readFile(file, 'utf8')).trim(), 'base64')
    return key.length === 32 ? key : null
  } catch {
    return null
  }
}
