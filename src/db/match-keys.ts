/** The keys that companies are found by, made anew for all records when the way they are made has changed. */
import type { Client } from 'pg'
import { companyKeys } from '../domain/identity.ts'

/** Raised whenever `companyKeys` answers otherwise than before. */
const EDITION = '2'

/** Each table with the column that holds the company's name. */
const NAMED = {
  accounts: 'name',
  partners: 'name',
  registrations: 'company',
  leads: 'company',
  named_accounts: 'name',
  account_overlaps: 'name',
}

const PAGE = 2_000

/** Part of a migration, under its lock: what was written by an earlier release is found as well as what this one writes. */
export async function renewMatchKeys(client: Client): Promise<void> {
  const known = await client.query<{ value: string }>(`select value from settings where name = 'match-keys'`)
  if (known.rows[0]?.value === EDITION) return
  for (const [table, column] of Object.entries(NAMED)) await renew(client, table, column)
  await client.query(
    `insert into settings (name, value) values ('match-keys', $1) on conflict (name) do update set value = excluded.value`,
    [EDITION],
  )
}

async function renew(client: Client, table: string, column: string): Promise<void> {
  let after = '00000000-0000-0000-0000-000000000000'
  for (;;) {
    const { rows } = await client.query<{ id: string; name: string | null }>(
      `select id::text, ${column} as name from ${table} where id > $1 order by id limit ${String(PAGE)}`,
      [after],
    )
    const last = rows.at(-1)
    if (last === undefined) return
    const keys = rows.map(({ id, name }) => ({ id, ...companyKeys(name) }))
    if (table === 'registrations') await followClaims(client, keys)
    await client.query(
      `update ${table} t set name_key = r."nameKey", letters = r.letters
       from jsonb_to_recordset($1::jsonb) as r(id uuid, "nameKey" text, letters text)
       where t.id = r.id and (t.name_key, t.letters) is distinct from (r."nameKey", r.letters)`,
      [JSON.stringify(keys)],
    )
    after = last.id
  }
}

/** A claim is noticed as edited by a hash of its name's key (`src/process/claimed.ts`): another way of making the key is no edit. */
async function followClaims(client: Client, keys: readonly { id: string; nameKey: string | null }[]): Promise<void> {
  await client.query(
    `update registrations t set claimed_keys = jsonb_set(t.claimed_keys, '{company,hash}', coalesce(to_jsonb(md5(r."nameKey")), 'null'))
     from jsonb_to_recordset($1::jsonb) as r(id uuid, "nameKey" text)
     where t.id = r.id and t.claimed_keys #>> '{company,hash}' = md5(t.name_key) and t.name_key is distinct from r."nameKey"`,
    [JSON.stringify(keys)],
  )
}
