/** Identities: who holds a domain or an e-mail address is known before anything is made. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { identities } from '../db/schema/index.ts'
import { identityKeys, keyTypesOf, type IdentityKey } from '../domain/identity-keys.ts'
import type { RecordKind } from '../domain/records.ts'
import { mappingOf, type System } from '../mapping/systems.ts'
import { vendorValue, type Lookups } from '../mapping/translate.ts'

/** The identity keys among a vendor's fields, whichever way they flow, the strongest first. */
export function keysIn(
  system: System,
  object: string,
  kind: RecordKind,
  fields: Fields,
  lookups: Pick<Lookups, 'transformed'>,
): IdentityKey[] {
  const mapped = mappingOf(system, object, kind)?.fields ?? []
  const values = Object.fromEntries(
    keyTypesOf(kind).map((keyType) => {
      const field = mapped.find((candidate) => candidate.field === keyType)
      const value = field === undefined ? null : vendorValue(field, fields, lookups)
      return [keyType, value === undefined || value === null ? null : String(value)]
    }),
  )
  return identityKeys(kind, values)
}

export interface IdentityClaim {
  recordId: string
  keys: IdentityKey[]
}

/**
 * Claims each key for its record unless another one holds it. Answers whose the records are, by the claiming one: the holder of its
 * strongest key that another record holds, else itself. A record that turns out to be another one leaves that one its free keys.
 */
export async function claimIdentities(tx: Tx, claims: IdentityClaim[]): Promise<Map<string, string>> {
  const wanted = claims.flatMap(({ recordId, keys }) => keys.map((key) => ({ ...key, recordId })))
  if (wanted.length === 0) return new Map()
  await insertKeys(tx, wanted)
  const holders = await holdersOf(tx, wanted)
  const owner = new Map(
    claims.map(({ recordId, keys }) => {
      const others = keys.map((key) => holders.get(nameOf(key))).filter((holder) => holder !== recordId)
      return [recordId, others.find((holder) => holder !== undefined) ?? recordId]
    }),
  )
  // The record may belong to one that was itself made one with another by this very page.
  const end = (id: string) => {
    const next = owner.get(id)
    return next === undefined || next === id ? id : (owner.get(next) ?? next)
  }
  const left = claims.filter(({ recordId, keys }) => keys.length > 1 && end(recordId) !== recordId)
  if (left.length > 0) {
    const rows = JSON.stringify(left.map(({ recordId }) => ({ from: recordId, to: end(recordId) })))
    await tx.execute(sql`
      update ${identities} i set record_id = r."to"
      from jsonb_to_recordset(${rows}::jsonb) as r("from" uuid, "to" uuid) where i.record_id = r."from"`)
  }
  return new Map(claims.map(({ recordId }) => [recordId, end(recordId)]))
}

/** The records that hold these keys, by `nameOf` the key. */
export async function holdersOf(tx: Tx, keys: IdentityKey[]): Promise<Map<string, string>> {
  if (keys.length === 0) return new Map()
  const { rows } = await tx.execute<{ kind: RecordKind; keyType: 'domain' | 'email'; value: string; recordId: string }>(
    sql`
    select i.kind, i.key_type as "keyType", i.value, i.record_id as "recordId" from ${identities} i
    join (select distinct * from jsonb_to_recordset(${JSON.stringify(keys)}::jsonb) as k(kind text, "keyType" text, value text)) k
      on i.kind = k.kind and i.key_type = k."keyType" and i.value = k.value`,
  )
  return new Map(rows.map((row) => [nameOf(row), row.recordId]))
}

export function nameOf({ kind, keyType, value }: IdentityKey): string {
  return `${kind} ${keyType} ${value}`
}

/** Identities follow the ledger: a record holds the keys that it has now and no others. */
export async function followIdentities(tx: Tx, records: IdentityClaim[]): Promise<void> {
  if (records.length === 0) return
  const rows = JSON.stringify(records)
  await tx.execute(sql`
    delete from ${identities} i using jsonb_to_recordset(${rows}::jsonb) as r("recordId" uuid, keys jsonb)
    where i.record_id = r."recordId"
      and not r.keys @> jsonb_build_array(jsonb_build_object('kind', i.kind, 'keyType', i.key_type, 'value', i.value))`)
  await insertKeys(
    tx,
    records.flatMap(({ recordId, keys }) => keys.map((key) => ({ ...key, recordId }))),
  )
}

/** In the order of the keys, so that two pages never wait for each other in a circle; of two with one key the first gets it. */
async function insertKeys(tx: Tx, keys: (IdentityKey & { recordId: string })[]): Promise<void> {
  if (keys.length === 0) return
  const sorted = keys
    .map((key) => ({ key, name: nameOf(key) }))
    .toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
  await tx
    .insert(identities)
    .values(sorted.map(({ key }) => key))
    .onConflictDoNothing()
}
