/** What a mapping that is tried would do otherwise than the one in force, record by record and field by field. Pure. */
import type { Fields, FieldValue } from '../../connectors/contract.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ErrorCode } from '../errors.ts'
import type { ObjectMapping } from './definition.ts'
import { isSame, type CanonicalRecord } from './translate.ts'

/** What one mapping makes of a record. */
export interface Course {
  /** Ours after the vendor's record was read; null: there is none. */
  ours: CanonicalRecord | null
  /** The vendor fields that would be written then, and whether that makes the record. */
  written: Fields
  makes: boolean
  /** Why it would be parked or refused. */
  failures: Failure[]
}

export interface Failure {
  /** Coming in, or going out. */
  way: 'in' | 'out'
  code: ErrorCode
  field: string | null
  path: string | null
  value: string | null
}

export interface Tried {
  externalId: string | null
  recordId: string
  kind: RecordKind
  /** The vendor's fields as they were read; null: the vendor has no such record. */
  theirs: Fields | null
  /** The ledger's record as it is; null: there is none. */
  ours: CanonicalRecord | null
  inForce: Course
  byDraft: Course
}

export type PreviewOutcome = 'unchanged' | 'would-change' | 'would-fail'

export interface PreviewField {
  /** The canonical field; null: a fixed value. */
  field: string | null
  path: string
  theirs: FieldValue
  ours: string | null
  /** Ours after reading by the mapping in force, and by the draft. */
  readInForce: string | null
  readByDraft: string | null
  /** What would be written; absent: nothing. */
  writtenInForce?: FieldValue
  writtenByDraft?: FieldValue
  /** Whether the draft does otherwise with it. */
  differs: boolean
}

export interface PreviewRecord {
  outcome: PreviewOutcome
  /** It fails by the mapping in force and no longer by the draft. */
  mended: boolean
  externalId: string | null
  recordId: string
  kind: RecordKind
  /** Unknown to us so far, or to the vendor. */
  isNew: 'to-us' | 'to-vendor' | null
  fields: PreviewField[]
  failures: Failure[]
}

/** Records that fail for one reason by the draft. */
export interface FailureGroup extends Failure {
  records: number
  /** How many of them fail by the mapping in force too. */
  already: number
  example: { externalId: string | null; recordId: string }
}

export interface PreviewReport {
  counts: Record<PreviewOutcome | 'mended', number>
  failures: FailureGroup[]
  records: PreviewRecord[]
}

export function previewReport(
  tried: readonly Tried[],
  mappings: { inForce: readonly ObjectMapping[]; byDraft: readonly ObjectMapping[] },
): PreviewReport {
  const records = tried.map((one) => told(one, mappings))
  const count = (outcome: PreviewOutcome) => records.filter((record) => record.outcome === outcome).length
  return {
    counts: {
      unchanged: count('unchanged'),
      'would-change': count('would-change'),
      'would-fail': count('would-fail'),
      mended: records.filter(({ mended }) => mended).length,
    },
    failures: grouped(tried),
    records,
  }
}

function told(
  one: Tried,
  { inForce, byDraft }: { inForce: readonly ObjectMapping[]; byDraft: readonly ObjectMapping[] },
): PreviewRecord {
  const fields = placesOf([...inForce, ...byDraft].filter(({ kind }) => kind === one.kind)).map((place) =>
    fieldOf(one, place),
  )
  const fails = one.byDraft.failures.length > 0
  // A record that is made or kept only by one of the two differs even where no field of it shows.
  const differs =
    fields.some((field) => field.differs) ||
    one.inForce.makes !== one.byDraft.makes ||
    (one.inForce.ours === null) !== (one.byDraft.ours === null)
  return {
    outcome: fails ? 'would-fail' : differs || one.inForce.failures.length > 0 ? 'would-change' : 'unchanged',
    mended: !fails && one.inForce.failures.length > 0,
    externalId: one.externalId,
    recordId: one.recordId,
    kind: one.kind,
    isNew: one.ours === null ? 'to-us' : one.externalId === null ? 'to-vendor' : null,
    fields,
    failures: one.byDraft.failures,
  }
}

interface Place {
  field: string | null
  path: string
}

function placesOf(mappings: readonly ObjectMapping[]): Place[] {
  const places = mappings.flatMap(({ fields, fixed }): Place[] => [
    ...fields.map(({ field, path }) => ({ field, path })),
    ...Object.keys(fixed ?? {}).map((path) => ({ field: null, path })),
  ])
  return [...new Map(places.map((place) => [JSON.stringify([place.field, place.path]), place])).values()]
}

function fieldOf({ theirs, ours, inForce, byDraft }: Tried, { field, path }: Place): PreviewField {
  const of = (record: CanonicalRecord | null) => (field === null ? null : (record?.[field] ?? null))
  const [readInForce, readByDraft] = [of(inForce.ours), of(byDraft.ours)]
  const [before, after] = [inForce.written[path], byDraft.written[path]]
  return {
    field,
    path,
    theirs: theirs?.[path] ?? null,
    ours: of(ours),
    readInForce,
    readByDraft,
    ...(before === undefined ? {} : { writtenInForce: before }),
    ...(after === undefined ? {} : { writtenByDraft: after }),
    differs: readInForce !== readByDraft || (before === undefined) !== (after === undefined) || !isSame(before, after),
  }
}

function grouped(tried: readonly Tried[]): FailureGroup[] {
  const groups = new Map<string, FailureGroup>()
  for (const { externalId, recordId, inForce, byDraft } of tried) {
    const before = new Set(inForce.failures.map(nameOf))
    for (const failure of byDraft.failures) {
      const name = nameOf(failure)
      const group = groups.get(name) ?? { ...failure, records: 0, already: 0, example: { externalId, recordId } }
      group.records += 1
      if (before.has(name)) group.already += 1
      groups.set(name, group)
    }
  }
  return [...groups.values()].toSorted((a, b) => b.records - a.records)
}

function nameOf({ way, code, field, path, value }: Failure): string {
  return JSON.stringify([way, code, field, path, value])
}
