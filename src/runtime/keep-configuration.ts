/** What a start puts into the database of its configuration, and what the audit keeps of it when it is new. */
import { sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db } from '../db/connection.ts'
import { knowConnections } from '../db/connections.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { mappingVersion } from '../mapping/version.ts'
import { keepPolicy } from '../process/keep-policy.ts'
import { dropNamedLists } from '../process/named-lists.ts'
import type { Programme } from '../process/programme.ts'
import { wakeClocks } from '../process/relay.ts'
import type { ConfigDocument } from './config/schema.ts'

/**
 * Keeps the policy that rulings cite, with its text, once for each version; makes each connection known in the mode that it begins with;
 * forgets lists that are named no longer; puts the published mappings in force; tells the audit of every mapping that is seen for the first time. Several processes may start at once: one after another.
 */
export async function keepConfiguration(db: Db, config: ConfigDocument, { policy, systems }: Programme): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtext('causeway configuration'))`)
    if (await keepPolicy(tx, policy, config.policySource)) {
      await recordAudit(tx, [{ what: 'policy', actor: 'system', version: policy.version }])
      if (policy.edits.runningClocks === 'rejudge') await wakeClocks(tx)
    }
    await knowConnections(
      tx,
      Object.entries(config.connections).map(([name, { mode }]) => ({ name, mode })),
    )
    await dropNamedLists(tx, systems)
    for (const system of systems.values()) await mappingsInForce(tx, system)
    const mappings = [...systems.values()].flatMap(({ name, mappings: all }) =>
      all.map((mapping) => ({
        connection: name,
        object: mapping.object,
        kind: mapping.kind,
        version: mappingVersion(mapping),
        fields: mapping.fields.map(({ field }) => field),
      })),
    )
    const { rows } = await tx.execute<{ connection: string; object: string; kind: string; version: string }>(sql`
      select distinct connection, object, detail ->> 'kind' as kind, version from audit where what = 'mapping'`)
    const known = new Set(rows.map((row) => JSON.stringify([row.connection, row.object, row.kind, row.version])))
    await recordAudit(
      tx,
      mappings
        .filter(
          ({ connection, object, kind, version }) => !known.has(JSON.stringify([connection, object, kind, version])),
        )
        .map(({ kind, ...mapping }) => ({ ...mapping, what: 'mapping', actor: 'system', detail: { kind } })),
    )
  })
}
