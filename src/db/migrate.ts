/** Brings a database to the present schema. Safe to run again, and by several processes at once. */
import { fileURLToPath } from 'node:url'
import { drizzle } from 'drizzle-orm/node-postgres'
import { migrate as run } from 'drizzle-orm/node-postgres/migrator'
import { Client } from 'pg'
import { renewMatchKeys } from './match-keys.ts'

const LOCK = 7_020_311 // any number; two migrations of one database wait for each other on it

/** The roles belong to the server and not to one database, so they are made outside the migrations. */
const ROLES = `
  do $$ begin
    if not exists (select from pg_roles where rolname = 'causeway_app') then create role causeway_app nologin; end if;
  exception when duplicate_object or unique_violation then null; end $$;
  do $$ begin
    if not exists (select from pg_roles where rolname = 'causeway_partner') then create role causeway_partner nologin; end if;
  exception when duplicate_object or unique_violation then null; end $$;
  do $$ begin
    execute format('grant causeway_app, causeway_partner to %I', current_user);
  exception when others then null; end $$;`

/** @param url a PostgreSQL address whose user owns the database */
export async function migrate(url: string): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'causeway-migrate' })
  await client.connect()
  try {
    await client.query('select pg_advisory_lock($1)', [LOCK])
    await client.query(ROLES)
    await run(drizzle(client), { migrationsFolder: fileURLToPath(new URL('./migrations', import.meta.url)) })
    await renewMatchKeys(client)
  } finally {
    await client.end()
  }
}
