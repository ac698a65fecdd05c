/** The run that a write belongs to when nobody planned it in another: every write to a vendor belongs to one. */
import { sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { runs } from './schema/index.ts'

/**
 * The run that a write belongs to when nobody said another: the connection's go-live while it lasts, else its ordinary sync of this
 * hour, which is made when it is first asked for. One statement; two senders that ask at once are given the same.
 */
export async function runOfNow(tx: Tx, connection: string): Promise<string> {
  const hour = sql`to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24')`
  // A hash of connection and hour in the form of a version 8 UUID.
  const id = sql`overlay(overlay(md5('sync ' || ${connection}::text || ' ' || ${hour}) placing '8' from 13) placing '8' from 17)::uuid`
  const { rows } = await tx.execute<{ id: string }>(sql`
    with golive as (
        select id from ${runs} where connection = ${connection} and kind = 'go-live' and state = 'running' order by id desc limit 1),
      hour as (select ${id} as id),
      made as (
        insert into ${runs} (id, kind, connection) select id, 'sync', ${connection} from hour where not exists (select from golive)
        on conflict (id) do nothing returning id),
      ended as (
        update ${runs} r set state = 'done', ended_at = r.moved_at from made
        where r.connection = ${connection} and r.kind = 'sync' and r.state = 'running' and r.id <> made.id)
    select coalesce((select id from golive), (select id from hour)) as id`)
  const run = rows[0]
  if (run === undefined) throw new Error('no run was made')
  return run.id
}
