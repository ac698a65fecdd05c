/** Which of our records a vendor record is: by its link, by another id it was known by, by our own key on it, by identity. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { aliases, identities, links, shadows } from '../db/schema/index.ts'
import { readDomain } from '../domain/identity.ts'
import type { RecordKind } from '../domain/records.ts'
import { kindOf, mappingOf, type System } from '../mapping/systems.ts'
import { idFor } from '../db/ids.ts'
import { readRecords } from '../db/ledger.ts'
import type { Fields } from '../../connectors/contract.ts'

export interface Link {
  id: string
  kind: RecordKind
  recordId: string
  externalId: string | null
  shadow: { fields: Fields; modifiedAt: string | null } | null
}

export interface Unknown {
  externalId: string
  key: string | null
  fields: Fields
}

/**
 * Links for the vendor ids, by the id itself or by one that was merged into it.
 */
export async function findLinks(
  tx: Tx,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<Map<string, Link>> {
  const found = new Map<string, Link>()
  if (externalIds.length === 0) return found
  const columns = {
    id: links.id,
    kind: links.kind,
    recordId: links.recordId,
    externalId: links.externalId,
    fields: shadows.fields,
    modifiedAt: shadows.modifiedAt,
  }
  const at = and(eq(links.connection, connection), eq(links.object, object))
  const direct = await tx
    .select(columns)
    .from(links)
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(at, inArray(links.externalId, externalIds)))
  for (const row of direct) if (row.externalId !== null) found.set(row.externalId, linkOf(row))
  const missing = externalIds.filter((id) => !found.has(id))
  if (missing.length === 0) return found
  const byAlias = await tx
    .select({ ...columns, alias: aliases.externalId })
    .from(aliases)
    .innerJoin(links, eq(links.id, aliases.linkId))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(eq(aliases.connection, connection), eq(aliases.object, object), inArray(aliases.externalId, missing)))
  for (const row of byAlias) found.set(row.alias, linkOf(row))
  return found
}

function linkOf(row: {
  id: string
  kind: RecordKind
  recordId: string
  externalId: string | null
  fields: Fields | null
  modifiedAt: string | null
}): Link {
  const { id, kind, recordId, externalId, fields, modifiedAt } = row
  return { id, kind, recordId, externalId, shadow: fields === null ? null : { fields, modifiedAt } }
}

/**
 * Claims a link for each vendor record that has none, and says which of our records it is. The claim is made in the database:
 * of two workers that meet the same record one waits and then sees the other's link.
 */
export async function claimLinks(tx: Tx, system: System, object: string, unknown: Unknown[]): Promise<void> {
  if (unknown.length === 0) return
  const ours = await recordsByKey(tx, system, object, unknown)
  const claims: { connection: string; object: string; kind: RecordKind; recordId: string; externalId: string }[] = []
  for (const record of unknown) {
    const known = record.key === null ? undefined : ours.get(record.key)
    const kind = known ?? kindOf(system, object, record.fields)
    const recordId =
      known === undefined
        ? ((await byIdentity(tx, system, object, kind, record)) ?? idFor(system.name, object, record.externalId))
        : (record.key ?? '')
    claims.push({ connection: system.name, object, kind, recordId, externalId: record.externalId })
  }
  for (const claim of claims) {
    // A link that waits for the vendor's id (our own write, heard of before its answer) gets it; a second vendor record that
    // claims a record already linked becomes a record of its own.
    const { rowCount } = await tx.execute(
      sql`insert into ${links} (connection, object, kind, record_id, external_id)
          values (${claim.connection}, ${claim.object}, ${claim.kind}, ${claim.recordId}, ${claim.externalId})
          on conflict (connection, object, record_id) do update set external_id = excluded.external_id, gone = false
          where ${links.externalId} is null or ${links.gone}`,
    )
    if (rowCount === 0) {
      await tx
        .insert(links)
        .values({ ...claim, kind: kindOf(system, object, {}), recordId: idFor(system.name, object, claim.externalId) })
        .onConflictDoNothing()
    }
  }
}

/** Which of the keys on the vendor's records are ids of ours, and of which kind. */
async function recordsByKey(
  tx: Tx,
  system: System,
  object: string,
  unknown: Unknown[],
): Promise<Map<string, RecordKind>> {
  const keys = unknown.map((record) => record.key?.toLowerCase()).filter((key) => key !== undefined && UUID.test(key))
  const found = new Map<string, RecordKind>()
  if (keys.length === 0) return found
  const kinds = new Set(system.mappings.filter((m) => m.object === object).map((m) => m.kind))
  for (const kind of kinds)
    for (const id of (
      await readRecords(
        tx,
        kind,
        keys.filter((k) => k !== undefined),
      )
    ).keys())
      found.set(id, kind)
  return found
}

/** An account that another system knows by the same domain, unless this connection already has one for it. */
async function byIdentity(
  tx: Tx,
  system: System,
  object: string,
  kind: RecordKind,
  record: Unknown,
): Promise<string | undefined> {
  if (kind !== 'account') return undefined
  const path = mappingOf(system, object, kind)?.fields.find((field) => field.field === 'domain')?.path
  const read = readDomain(path === undefined ? null : String(record.fields[path] ?? ''))
  if (!read.ok || read.domain === null) return undefined
  const own = idFor(system.name, object, record.externalId)
  await tx
    .insert(identities)
    .values({ kind, keyType: 'domain', value: read.domain, recordId: own })
    .onConflictDoNothing()
  const [claimed] = await tx
    .select({ recordId: identities.recordId })
    .from(identities)
    .where(and(eq(identities.kind, kind), eq(identities.keyType, 'domain'), eq(identities.value, read.domain)))
  return claimed?.recordId
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/
