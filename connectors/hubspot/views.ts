/** What a stream makes of the rows that it reads: records with their derived fields, or the parts of companies in deals. */
import type { Ctx, Held, VendorRecord } from '../contract.ts'
import { keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { mergedChange, mergedIdsOf, modifiedAtOf, recordOf, tombstone } from './records.ts'
import type { Row } from './records.ts'
import { isOurs, relatedOf } from './related.ts'
import type { RelatedDeps } from './related.ts'

export interface View {
  /** Whose rows are read. */
  object: RecordObject
  /** The fields to read of them. */
  fields(wished: string[]): string[]
  live(rows: Row[], fields: string[], held: Held | undefined, ctx: Ctx): Promise<VendorRecord[]>
  archived(rows: Row[], fields: string[], held: Held | undefined): Promise<VendorRecord[]>
}

/** Records as they are, with the old ids of merged ones. A contact that is none of ours is told of as gone where we hold it. */
export function recordView(deps: RelatedDeps, object: RecordObject): View {
  const { settings } = deps
  return {
    object,
    fields: (wished) => wished,
    async live(rows, fields, held, ctx) {
      const related = await relatedOf(deps, object, rows, fields, ctx)
      const foreign = rows.filter((row) => !isOurs(object, related.get(row.id)))
      const ours = rows.filter((row) => !foreign.includes(row))
      return [
        ...(await lost(object, foreign, held)),
        ...ours.flatMap((row) => {
          const record = recordOf(object, row, fields, settings, related.get(row.id) ?? null)
          return [...mergedIdsOf(row).map((id) => mergedChange(id, record)), record]
        }),
      ]
    },
    async archived(rows, fields, held) {
      // What was in a stranger's record is not ours to know when it is deleted either.
      if (object === 'contacts') return lost(object, rows, held)
      const ours =
        object === 'tasks' ? rows.filter((row) => typeof row.properties[keyOf(settings, object)] === 'string') : rows
      return ours.map((row) => recordOf(object, row, fields, settings))
    },
  }
}

/** Gone, as far as we hold them; a contact's old ids with it. */
async function lost(object: RecordObject, rows: Row[], held: Held | undefined): Promise<VendorRecord[]> {
  if (held === undefined || rows.length === 0) return []
  const rowOf = new Map(rows.flatMap((row) => [row.id, ...mergedIdsOf(row)].map((id) => [id, row] as const)))
  return (await held.among([...rowOf.keys()])).map((id) => {
    const row = rowOf.get(id)
    const modifiedAt = row === undefined ? null : modifiedAtOf(object, row)
    return tombstone(object, id, `gone ${modifiedAt ?? ''}`, modifiedAt)
  })
}

/**
 * The parts of companies in the deals that were read. A label that was taken away leaves no trace, so what is held of a deal and not
 * found any more is told of as gone.
 */
export function partyView(deps: RelatedDeps, nowMs: () => number): View {
  const gone = (id: string) => tombstone('deal-companies', id, `gone ${new Date(nowMs()).toISOString()}`, null)
  return {
    object: 'deals',
    fields: () => [],
    async live(rows, _, held, ctx) {
      const ids = rows.map((row) => row.id)
      const found = await deps.parties.recordsOf(ids, ctx)
      const known = new Set(found.map((record) => record.id))
      const before = (await held?.of(ids)) ?? []
      return [...found, ...before.filter((id) => !known.has(id)).map(gone)]
    },
    async archived(rows, _, held) {
      return ((await held?.of(rows.map((row) => row.id))) ?? []).map(gone)
    },
  }
}
