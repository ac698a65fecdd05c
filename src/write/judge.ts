/** What a vendor's record needs to be equal to ours. Asked by the sender before it sends, and by reports that send nothing. */
import type { Fields, Write } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { readRecords, type LedgerRecord } from '../db/ledger.ts'
import { theirIds } from '../db/lookups.ts'
import { doomedBy, sentenceOf, type Break } from '../mapping/live/doomed.ts'
import { keptAs } from '../mapping/mirrors.ts'
import { canCreate, capabilityOf, mappingOf, type System } from '../mapping/systems.ts'
import { Transformations } from '../mapping/transform/transformations.ts'
import {
  difference,
  restore,
  touchesShared,
  type Answer,
  type AwaitedRecord,
  type Lookups,
  type Trouble,
} from '../mapping/translate.ts'

export interface Candidate {
  linkId: string
  recordId: string
  kind: LedgerRecord['kind']
  externalId: string | null
  gone: boolean
  /** Canonical fields that wait for a person's ruling: they are not written. */
  heldFields: string[]
  shadow: Fields | null
  answers: Record<string, Answer> | null
}

/** What becomes of a candidate. */
export type Verdict =
  | { do: 'send'; fields: Fields; mode: Write['mode'] }
  | { do: 'read'; externalId: string; fields: Fields }
  | { do: 'finish'; why: string | null }
  | { do: 'await'; records: AwaitedRecord[]; fields: Fields }
  | {
      do: 'park'
      code: 'CW_WRITE_MODE' | 'CW_MATCH_PROPOSED' | 'CW_SCHEMA_CHANGED' | Trouble['code']
      detail: Record<string, unknown>
    }

/** @param fresh links whose records were read a moment ago, and need not be read again before fields are sent that users edit too */
export function judge(
  system: System,
  object: string,
  candidate: Candidate,
  record: LedgerRecord | undefined,
  lookups: Lookups,
  fresh: ReadonlySet<string> | undefined,
): Verdict {
  const mapping = keptAs(system, object, candidate.kind, record?.values)
  const capability = capabilityOf(system, object)
  const { externalId } = candidate
  const mode = mapping?.mode ?? 'upsert'
  const canWrite = externalId === null ? canCreate(capability) || mode === 'update-only' : capability.update
  if (candidate.gone) return { do: 'finish', why: 'gone' }
  if (mapping === undefined || record === undefined || !canWrite) return { do: 'finish', why: 'not written there' }
  // Somebody has to make it there; it goes on by itself when its record is read.
  if (mode === 'update-only' && externalId === null)
    return {
      do: 'park',
      code: 'CW_WRITE_MODE',
      detail: { mode, message: 'the vendor lacks the record, and the mapping makes none' },
    }
  if (mode === 'create-only' && externalId !== null) return { do: 'finish', why: 'create-only' }
  const shadow = externalId === null ? null : restore(candidate.shadow ?? {}, candidate.answers ?? {})
  const { fields, waitsFor, troubles } = difference(mapping, record.values, shadow, lookups, candidate.heldFields)
  const [trouble] = troubles
  if (trouble !== undefined) return { do: 'park', code: trouble.code, detail: { fields: troubles } }
  if (waitsFor.length > 0) return { do: 'await', records: waitsFor, fields }
  if (Object.keys(fields).length === 0) return { do: 'finish', why: null }
  if (externalId === null)
    return { do: 'send', fields, mode: capability.write === 'upsert' && mode === 'upsert' ? 'upsert' : 'create' }
  const isStale = fresh?.has(candidate.linkId) !== true && touchesShared(mapping, fields)
  return isStale ? { do: 'read', externalId, fields } : { do: 'send', fields, mode: 'update' }
}

/** What would make a record that the vendor may hold already waits for a person's word, and so does what refers to it. */
export function holdBack(verdict: Verdict, proposals: string[] | undefined): Verdict {
  return proposals !== undefined && verdict.do === 'send'
    ? { do: 'park', code: 'CW_MATCH_PROPOSED', detail: { proposals } }
    : verdict
}

/** What the vendor would refuse, because of a change of its schema that is known, is not sent in vain: it waits until that is mended. */
export function holdBroken(verdict: Verdict, breaks: readonly Break[], creates: boolean): Verdict {
  if (verdict.do !== 'send' && verdict.do !== 'read') return verdict
  const found = doomedBy(verdict.fields, creates, breaks)
  if (found === null) return verdict
  const { id, kind, path } = found
  return {
    do: 'park',
    code: 'CW_SCHEMA_CHANGED',
    detail: { message: sentenceOf(found), fields: [path], schemaChange: { id, kind } },
  }
}

/** The ledger's records of these candidates. */
export async function recordsOf(tx: Tx, candidates: Candidate[]): Promise<Map<string, LedgerRecord>> {
  const records = new Map<string, LedgerRecord>()
  for (const [kind, group] of Map.groupBy(candidates, (c) => c.kind)) {
    const ids = group.map((c) => c.recordId)
    for (const [id, record] of await readRecords(tx, kind, ids)) records.set(id, record)
  }
  return records
}

/** The vendor ids of all records that these refer to, and what expressions make of them. */
export async function openLookups(
  tx: Tx,
  system: System,
  object: string,
  records: ReadonlyMap<string, LedgerRecord>,
): Promise<Lookups> {
  const fields = system.mappings.filter((m) => m.object === object).flatMap((m) => m.fields)
  const wanted = fields.flatMap((f) =>
    f.conversion.as === 'lookup' ? [...records.values()].flatMap((r) => r.values[f.field] ?? []) : [],
  )
  const theirs = await theirIds(tx, system.name, wanted)
  const transformations = new Transformations()
  for (const [kind, group] of Map.groupBy(records.values(), (record) => record.kind)) {
    const mapping = mappingOf(system, object, kind)
    if (mapping !== undefined)
      await transformations.write(
        mapping,
        group.map(({ values }) => values),
      )
  }
  return { toOurs: () => undefined, toTheirs: (of, id) => theirs.get(`${of} ${id}`), transformed: transformations }
}
