/** How many deletions of a page may pass before the brake holds. */
import { sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { changes, links } from '../db/schema/index.ts'
import { deletesLeft } from '../domain/delete-brake.ts'
import type { Change } from './page.ts'

/** Nothing is counted for a page without deletions. Two pages with some are judged one after the other. */
export async function openBrake(tx: Tx, connection: string, object: string, batch: Change[]): Promise<number> {
  if (!batch.some(({ body }) => body.deleted)) return 0
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`deletes ${connection} ${object}`}, 0))`)
  const { rows } = await tx.execute<{ live: number; recent: number }>(sql`
    select (select count(*)::int from ${links} where connection = ${connection} and object = ${object}
        and external_id is not null and not gone) as live,
      (select count(*)::int from ${changes} where connection = ${connection} and object = ${object} and status = 'applied'
        and (body ->> 'deleted')::boolean and settled_at > now() - interval '1 hour' and confirmed_by is null) as recent`)
  return deletesLeft(rows[0] ?? { live: 0, recent: 0 })
}
