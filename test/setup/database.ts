import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Client } from 'pg'
import { inject } from 'vitest'

export interface TestDatabase {
  /** The owner's URL of a fresh, migrated database. */
  url: string
  /** Closes what is still connected and removes it. */
  drop(): Promise<void>
}

/**
 * A fresh database for a test file, copied from one that was migrated once in the run (some 50 ms).
 *
 * @example
 * const database = await createTestDatabase()
 * afterAll(() => database.drop())
 */
export async function createTestDatabase(): Promise<TestDatabase> {
  const server = inject('databaseUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await withClient(server, async (client) => {
    const template = await migratedTemplate(client, server)
    await client.query(`create database ${name} template ${template} strategy file_copy`)
  })
  return {
    url: urlOf(server, name),
    drop: () =>
      withClient(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  }
}

/** An empty database without any migration, for tests of the migrations themselves. */
export async function createEmptyDatabase(): Promise<TestDatabase> {
  const server = inject('databaseUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  await withClient(server, async (client) => void (await client.query(`create database ${name}`)))
  return {
    url: urlOf(server, name),
    drop: () =>
      withClient(server, async (client) => void (await client.query(`drop database if exists ${name} with (force)`))),
  }
}

/** Test files run in parallel: the first one migrates, the others wait for its lock. */
const templateLock = 7_263_001

async function migratedTemplate(client: Client, server: string): Promise<string> {
  const template = `template_${migrationsDigest()}`
  await client.query('select pg_advisory_lock($1)', [templateLock])
  try {
    const found = await client.query('select 1 from pg_database where datname = $1', [template])
    if (found.rowCount === 0) {
      const draft = `${template}_draft`
      await client.query(`drop database if exists ${draft} with (force)`)
      await client.query(`create database ${draft}`)
      const { migrate } = await import('../../src/db/migrate.ts')
      await migrate(urlOf(server, draft))
      await client.query(`alter database ${draft} rename to ${template}`)
    }
    return template
  } finally {
    await client.query('select pg_advisory_unlock($1)', [templateLock])
  }
}

/** In watch mode migrations change while the server stays: another text is another template. */
function migrationsDigest(): string {
  const folder = join(import.meta.dirname, '../../src/db')
  const hash = createHash('sha256')
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }).toSorted((a, b) =>
    a.name < b.name ? -1 : 1,
  )) {
    if (entry.isFile() && !entry.name.endsWith('.test.ts'))
      hash.update(readFileSync(join(entry.parentPath, entry.name)))
  }
  return hash.digest('hex').slice(0, 12)
}

function urlOf(server: string, database: string): string {
  const url = new URL(server)
  url.pathname = `/${database}`
  return url.href
}

async function withClient<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end()
  }
}
