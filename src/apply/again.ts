/** Parked changes that are tried again by themselves, because their time has come or their cause may have gone. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { namesKnownPartner } from '../db/named-partner.ts'
import { changes, hints } from '../db/schema/index.ts'
import { personal } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import { markOf } from '../mapping/version.ts'

/** By which mappings the changes of an object are judged at present. */
export function judgedBy(system: System, object: string): string {
  return markOf(system.mappings.filter((mapping) => mapping.object === object))
}

/**
 * Makes pending again what waited long enough, and what named a partner who is known by now. What was judged by another mapping is
 * read anew with the fields that the present one needs; that reading takes the parked change's place.
 *
 * It is asked each time anew, because the partner's page and the one that named it may pass each other unseen.
 */
export async function retryParked(db: Db, system: System, object: string): Promise<void> {
  const here = sql`c.connection = ${system.name} and c.object = ${object} and c.status = 'parked'`
  const mapped = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  await db.execute(sql`
    update ${changes} as c set status = 'pending', code = null, detail = null, settled_at = null, retry_at = null
    where ${here} and (c.retry_at <= now() or ${namesKnownPartner(mapped)})`)
  // Once a record: the reading ends the parked change, or judges it by the present mapping.
  await db.execute(sql`
    with remapped as (
      update ${changes} as c set mapping = ${judgedBy(system, object)}
      where ${here} and c.mapping <> ${judgedBy(system, object)} and c.code not in ${personal} returning c.external_id)
    insert into ${hints} (connection, object, external_id, body)
    select distinct ${system.name}, ${object}, external_id, '' from remapped`)
}
