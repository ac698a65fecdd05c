/** Parked writes that are tried again by themselves, because their time has come or they would be judged by another mapping. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { writes } from '../db/schema/index.ts'
import { personal } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import { mappingVersion } from '../mapping/version.ts'

/** Plans them again; what is to be sent is found when it is sent, by the ledger and the mapping of that moment. */
export async function retryParkedWrites(db: Db, system: System): Promise<void> {
  const versions = JSON.stringify(
    system.mappings.map((mapping) => ({ object: mapping.object, version: mappingVersion(mapping) })),
  )
  await db.execute(sql`
    update ${writes} w set status = 'planned', not_before = now(), code = null, detail = null, retry_at = null,
      failures = 0, split = 0, updated_at = now()
    where w.connection = ${system.name} and w.status = 'parked' and (w.retry_at <= now()
      or (w.mapping is not null and w.code not in ${personal} and not exists (
        select from jsonb_to_recordset(${versions}::jsonb) as m(object text, version text)
        where m.object = w.object and m.version = w.mapping)))`)
}
