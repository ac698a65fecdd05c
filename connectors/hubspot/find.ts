/** Looking for live records by what they hold: by our key in a batch read, which has no lag; by anything else in search. */
import type { Ctx, FindQuery, VendorRecord } from '../contract.ts'
import { batchRead } from './batch-read.ts'
import { batchSize, keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { propertiesFor, recordOf } from './records.ts'
import type { Row } from './records.ts'
import { relatedOf } from './related.ts'
import type { RelatedDeps } from './related.ts'
import { pageSize } from './search.ts'
import type { HavingWish, Search } from './search.ts'

/** A search body holds 3,000 characters; the rest of it, properties included, stays well below what is left. */
const valuesLength = 1500
/** Within HubSpot's older and newer limits on groups. */
const groups = 3

export async function findRecords(
  deps: RelatedDeps & { search: Search },
  object: RecordObject,
  q: FindQuery,
  ctx: Ctx,
): Promise<VendorRecord[]> {
  const { settings } = deps
  const found = new Map<string, Row>()
  const { [keyOf(settings, object)]: keys = [], ...others } = q.any
  for (let start = 0; start < keys.length && found.size < q.limit; start += batchSize) {
    const refs = keys.slice(start, start + batchSize).map((value) => ({ value }))
    for (const row of (await batchRead(deps, object, 'key', refs, q.fields, false, ctx)).rows) found.set(row.id, row)
  }
  const properties = propertiesFor(object, q.fields, settings)
  for (const any of wishesOf(others)) {
    if (found.size >= q.limit) break
    const limit = Math.min(pageSize, q.limit)
    for (const row of await deps.search.having({ object, any, properties, limit }, ctx)) found.set(row.id, row)
  }
  const rows = [...found.values()].slice(0, q.limit)
  const related = await relatedOf(deps, object, rows, q.fields, ctx)
  return rows.map((row) => recordOf(object, row, q.fields, settings, related.get(row.id) ?? null))
}

/** The wished values in as few searches as their limits allow. */
function wishesOf(any: Record<string, string[]>): HavingWish['any'][] {
  const parts = Object.entries(any).flatMap(([property, values]) => chunksOf(property, values))
  const wishes: HavingWish['any'][] = []
  let room = 0
  for (const part of parts) {
    const length = part.values.join('","').length
    const last = wishes.at(-1)
    if (last !== undefined && last.length < groups && length <= room) last.push(part)
    else {
      wishes.push([part])
      room = valuesLength
    }
    room -= length
  }
  return wishes
}

function chunksOf(property: string, values: string[]): HavingWish['any'] {
  const chunks: HavingWish['any'] = []
  let length = Infinity
  for (const value of new Set(values.map((v) => v.toLowerCase()))) {
    length += value.length + 3
    if (length > valuesLength / groups) {
      chunks.push({ property, values: [] })
      length = value.length + 3
    }
    chunks.at(-1)?.values.push(value)
  }
  return chunks
}
