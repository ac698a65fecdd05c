/** Which of our records a vendor record is: by its link, by another id it was known by, by our own key on it, by identity. */
import { randomUUID } from 'node:crypto'
import { and, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { idFor } from '../db/ids.ts'
import { readRecords } from '../db/ledger.ts'
import { aliases, links, shadows, writes, type WriteStatus } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import { kindOf, type System } from '../mapping/systems.ts'
import type { Answer, Lookups } from '../mapping/translate.ts'
import { contactsElsewhere, partnerIn, type Elsewhere } from './elsewhere.ts'
import { claimIdentities, keysIn } from './identities.ts'
import { findParts } from './parts.ts'
import { findSubmissions } from './submissions.ts'

export interface Link {
  id: string
  kind: RecordKind
  recordId: string
  externalId: string | null
  gone: boolean
  /** Canonical fields that wait for a person's ruling. */
  heldFields: string[]
  /** What we sent and have no answer to yet; else null. */
  sent: Fields | null
  /** How our write to it stands; null when we never wrote it. */
  write: WriteStatus | null
  /** What the vendor last held; null while it was never read. */
  shadow: {
    fields: Fields
    answers: Record<string, Answer>
    version: string
    modifiedAt: string | null
    /** When it was last read or written. */
    seenAt: string
  } | null
}

export interface Unknown {
  externalId: string
  key: string | null
  fields: Fields
}

const columns = {
  id: links.id,
  kind: links.kind,
  recordId: links.recordId,
  externalId: links.externalId,
  gone: links.gone,
  heldFields: links.heldFields,
  sent: writes.sentFields,
  write: writes.status,
  fields: shadows.fields,
  answers: shadows.answers,
  version: shadows.version,
  modifiedAt: shadows.modifiedAt,
  seenAt: shadows.seenAt,
}

/** Links for the vendor ids, by the id itself or by one that was merged into it. */
export async function findLinks(
  tx: Tx,
  connection: string,
  object: string,
  externalIds: string[],
): Promise<Map<string, Link>> {
  const found = new Map<string, Link>()
  if (externalIds.length === 0) return found
  const direct = await tx
    .select({ ...columns, at: links.externalId })
    .from(links)
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(and(eq(links.connection, connection), eq(links.object, object), anyOf(links.externalId, externalIds)))
  for (const { at, ...row } of direct) if (at !== null) found.set(at, linkOf(row))
  const missing = externalIds.filter((id) => !found.has(id))
  if (missing.length === 0) return found
  const byAlias = await tx
    .select({ ...columns, at: aliases.externalId })
    .from(aliases)
    .innerJoin(links, eq(links.id, aliases.linkId))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .leftJoin(writes, eq(writes.linkId, links.id))
    .where(and(eq(aliases.connection, connection), eq(aliases.object, object), anyOf(aliases.externalId, missing)))
  for (const { at, ...row } of byAlias) found.set(at, linkOf(row))
  return found
}

function linkOf(
  row: Omit<Link, 'shadow'> & {
    fields: Fields | null
    answers: Record<string, Answer> | null
    version: string | null
    modifiedAt: string | null
    seenAt: string | null
  },
): Link {
  const { fields, answers, version, modifiedAt, seenAt, ...link } = row
  const shadow =
    fields === null
      ? null
      : { fields, answers: answers ?? {}, version: version ?? '', modifiedAt, seenAt: seenAt ?? '' }
  return { ...link, shadow }
}

interface Claim {
  externalId: string
  recordId: string
  kind: RecordKind
  /** It bears our key of this record, which has another vendor record there. */
  copyOf?: string | undefined
}

const COMPANIES = new Set<RecordKind>(['partner', 'account'])

/**
 * Claims a link for each vendor record that has none, and says which of our records it is. The claim is made in the database:
 * of two workers that meet the same record one waits and then sees the other's link.
 *
 * A link that waits for the vendor's id (our own write, heard of before its answer) gets it, and so does one whose vendor record is
 * gone: the record was made anew there. A second vendor record that claims a record already linked becomes a record of its own.
 *
 * Answers the contacts that are not claimed, because their person is known at another partner.
 */
export async function claimLinks(
  tx: Tx,
  system: System,
  object: string,
  unknown: Unknown[],
  lookups: Lookups,
): Promise<Map<string, Elsewhere>> {
  if (unknown.length === 0) return new Map()
  const own = (record: Unknown): Claim => ({
    externalId: record.externalId,
    recordId: idFor(system.name, object, record.externalId),
    kind: kindOf(system, object, record.fields),
  })
  // Companies that resemble each other are found by reading, so of two systems that tell of new ones at once the second waits.
  if (unknown.some((record) => COMPANIES.has(own(record).kind)))
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('new companies', 0))`)
  const ours = await recordsByKey(tx, system, object, unknown)
  const keyed = (record: Unknown): Claim | undefined => {
    const key = record.key?.toLowerCase()
    const kind = key === undefined ? undefined : ours.get(key)
    return key === undefined || kind === undefined ? undefined : { externalId: record.externalId, recordId: key, kind }
  }
  const unkeyed = unknown.filter((record) => keyed(record) === undefined)
  const holders = await claimIdentities(
    tx,
    unkeyed.map((record) => {
      const { recordId, kind } = own(record)
      return { recordId, keys: keysIn(system, object, kind, record.fields, lookups) }
    }),
  )
  const parts = new Map([
    ...(await findParts(tx, system, object, unkeyed, lookups)),
    ...(await findSubmissions(tx, system, object, unkeyed, lookups)),
  ])
  const matched = unknown.map((record) => {
    const alone = own(record)
    const known = parts.get(record.externalId) ?? holders.get(alone.recordId)
    const claim = keyed(record) ?? { ...alone, recordId: known ?? alone.recordId }
    return { ...record, alone, claim }
  })
  const elsewhere = await contactsElsewhere(
    tx,
    matched.flatMap(({ externalId, fields, alone, claim }) =>
      alone.kind === 'contact'
        ? [
            {
              externalId,
              ownId: alone.recordId,
              holderId: claim.recordId,
              ...partnerIn(system, object, fields, lookups),
            },
          ]
        : [],
    ),
  )
  const here = matched.filter(({ externalId }) => !elsewhere.has(externalId))
  // Each of our records has one vendor record here: the first that claims it.
  const claims = [...new Map(here.map(({ claim }) => [claim.recordId, claim] as const).toReversed()).values()]
  await forgetGone(tx, system.name, object, claims)
  const linked = await insertLinks(
    tx,
    system.name,
    object,
    claims,
    sql`(connection, object, record_id) do update set external_id = excluded.external_id, gone = false, gone_at = null, merged_into = null
        where ${links}.external_id is null or ${links}.gone`,
  )
  const left = () =>
    here
      .filter(({ externalId }) => !linked.has(externalId))
      .map((record): Claim => ({ ...record.alone, copyOf: keyed(record)?.recordId }))
  for (const id of await insertLinks(tx, system.name, object, left(), sql`do nothing`)) linked.add(id)
  // The id that follows from the vendor's stands for another vendor record by now, after a merge that was undone.
  const fresh = left().map((claim) => ({ ...claim, recordId: randomUUID() }))
  await insertLinks(tx, system.name, object, fresh, sql`do nothing`)
  return elsewhere
}

/** A record that is made anew is read as if for the first time: what its forerunner held is no base for what it holds. */
async function forgetGone(tx: Tx, connection: string, object: string, claims: Claim[]): Promise<void> {
  if (claims.length === 0) return
  const rows = JSON.stringify(
    claims.map(({ externalId, recordId }) => ({ external_id: externalId, record_id: recordId })),
  )
  await tx.execute(sql`
    delete from ${shadows} s using ${links} l, jsonb_to_recordset(${rows}::jsonb) as r(external_id text, record_id uuid)
    where s.link_id = l.id and l.connection = ${connection} and l.object = ${object} and l.record_id = r.record_id
      and l.gone and l.external_id is distinct from r.external_id
      and exists (select from ${links} g where g.connection = ${connection} and g.object = ${object} and g.gone)`)
}

/** One statement, in the order of the record ids, so that two pages never wait for each other in a circle. */
export async function insertLinks(
  tx: Tx,
  connection: string,
  object: string,
  claims: Claim[],
  onConflict: ReturnType<typeof sql>,
): Promise<Set<string>> {
  if (claims.length === 0) return new Set()
  const rows = JSON.stringify(
    claims.map(({ externalId, recordId, kind, copyOf }) => ({
      external_id: externalId,
      record_id: recordId,
      kind,
      copy_of: copyOf,
    })),
  )
  const linked = await tx.execute<{ external_id: string }>(sql`
    insert into ${links} (connection, object, kind, record_id, external_id, copy_of)
    select ${connection}, ${object}, r.kind, r.record_id, r.external_id, r.copy_of
    from jsonb_to_recordset(${rows}::jsonb) as r(kind text, record_id uuid, external_id text, copy_of uuid) order by r.record_id
    on conflict ${onConflict} returning external_id`)
  return new Set(linked.rows.map((row) => row.external_id))
}

/** Which of the keys on the vendor's records are ids of ours, and of which kind. */
export async function recordsByKey(
  tx: Tx,
  system: System,
  object: string,
  unknown: { key: string | null }[],
): Promise<Map<string, RecordKind>> {
  const keys = unknown.flatMap(({ key }) => (key !== null && UUID.test(key) ? [key.toLowerCase()] : []))
  const found = new Map<string, RecordKind>()
  if (keys.length === 0) return found
  for (const kind of new Set(system.mappings.filter((m) => m.object === object).map((m) => m.kind))) {
    for (const id of (await readRecords(tx, kind, keys)).keys()) found.set(id, kind)
  }
  return found
}

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i
