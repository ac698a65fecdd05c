/**
 * A test database whose `now()` is what the test says. Everything that the product reads and writes goes by it, also the defaults of
 * columns: a function of that name stands before PostgreSQL's own. To be set up before the first session of the pool that is tested.
 */
import { Client } from 'pg'

export interface VirtualClock {
  /** Milliseconds since 1970. */
  readonly now: number
  set(ms: number): Promise<void>
  close(): Promise<void>
}

const setUp = `
  create schema clock;
  create table clock.face (at timestamptz not null);
  grant usage on schema clock to public;
  grant select on clock.face to public;
  create function clock.now() returns timestamptz language sql stable as 'select at from clock.face';
  do $$ begin
    execute format('alter database %I set search_path = clock, pg_catalog, public', current_database());
  end $$;
  set search_path = clock, pg_catalog, public;
  do $$ declare c record; begin
    for c in
      select d.adrelid::regclass as of, a.attname as name, pg_get_expr(d.adbin, d.adrelid) as value
      from pg_attrdef d
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        join pg_class t on t.oid = d.adrelid and t.relnamespace = 'public'::regnamespace
      where pg_get_expr(d.adbin, d.adrelid) ~ '^(pg_catalog\\.)?now\\(\\)$'
    loop
      execute format('alter table %s alter column %I set default now()', c.of, c.name);
    end loop;
  end $$`

/** @param url of the database's owner */
export async function virtualClock(url: string, at: number): Promise<VirtualClock> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await client.query(setUp)
  await client.query('insert into clock.face values (to_timestamp($1::float8 / 1000))', [at])
  let now = at
  return {
    get now() {
      return now
    },
    async set(ms) {
      now = ms
      await client.query('update clock.face set at = to_timestamp($1::float8 / 1000)', [ms])
    },
    close: () => client.end(),
  }
}
