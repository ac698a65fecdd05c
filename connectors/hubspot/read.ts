/** Reading records by id and by our key. */
import type { Ctx, Read, Ref } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import { batchRead, sameKey } from './batch-read.ts'
import { batchSize, keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { mergedIdsOf, mergedRecord, propertiesFor, recordOf, rowSchema } from './records.ts'
import type { Row } from './records.ts'
import { isOurs, relatedOf } from './related.ts'
import type { RelatedDeps } from './related.ts'

/**
 * Same order as `refs`. An old id from before a merge is answered with the record that it became. Asked for by id, a contact of
 * nobody's that concerns us is absent, wherever it is; by our key it is ours whatever became of it.
 */
export async function readRecords(
  deps: RelatedDeps,
  object: RecordObject,
  refs: Ref[],
  fields: string[],
  ctx: Ctx,
): Promise<Read[]> {
  const answers = new Map<Ref, Read>()
  for (const by of ['id', 'key'] as const) {
    const asked = refs.filter((ref) => ref.by === by)
    for (let start = 0; start < asked.length; start += batchSize) {
      const chunk = asked.slice(start, start + batchSize)
      for (const [ref, read] of await readChunk(deps, object, by, chunk, fields, ctx)) answers.set(ref, read)
    }
  }
  return refs.map((ref) => answers.get(ref) ?? { status: 'absent' })
}

async function readChunk(
  deps: RelatedDeps,
  object: RecordObject,
  by: 'id' | 'key',
  refs: Ref[],
  fields: string[],
  ctx: Ctx,
): Promise<Map<Ref, Read>> {
  const { settings } = deps
  const live = await batchRead(deps, object, by, refs, fields, false, ctx)
  const found = new Map<Ref, { row: Row; old: boolean }>()
  const place = (rows: Row[], open: Ref[]) => {
    for (const ref of open) {
      const row = rows.find((r) =>
        by === 'id' ? r.id === ref.value : sameKey(r.properties[keyOf(settings, object)], ref.value),
      )
      const heir = row ?? (by === 'id' ? rows.find((r) => mergedIdsOf(r).includes(ref.value)) : undefined)
      if (heir !== undefined) found.set(ref, { row: heir, old: row === undefined })
    }
  }
  const open = () => refs.filter((ref) => !found.has(ref))
  place(live.rows, refs)
  const claimed = new Set([...found.values()].map((f) => f.row.id))
  const mayInherit = (row: Row) => !claimed.has(row.id) || mergedIdsOf(row).length > 0
  if (by === 'id' && open().length > 0 && live.rows.some(mayInherit)) {
    // A row that nobody asked for is the heir of an id that was, and one that came out of a merge may be, also of an earlier merge
    // that it does not name: asked one by one, HubSpot says which.
    for (const ref of open()) {
      const row = await readOne(deps, object, ref.value, fields, ctx)
      if (row !== null) found.set(ref, { row, old: row.id !== ref.value })
    }
  }
  if (open().length > 0) place((await batchRead(deps, object, by, open(), fields, true, ctx)).rows, open())

  const rows = [...found.values()].map((f) => f.row)
  const related = await relatedOf(deps, object, rows, fields, ctx)
  return new Map(
    refs.map((ref): [Ref, Read] => {
      const hit = found.get(ref)
      if (hit === undefined)
        return [ref, live.fault === null ? { status: 'absent' } : { status: 'failed', fault: live.fault }]
      if (by === 'id' && !isOurs(object, related.get(hit.row.id))) return [ref, { status: 'absent' }]
      // Whose person an archived contact was shows nowhere any more, so nothing of what it held is told.
      const shown = object === 'contacts' && hit.row.archived === true ? [] : fields
      const record = recordOf(object, hit.row, shown, settings, related.get(hit.row.id) ?? null)
      return [ref, { status: 'found', record: hit.old ? mergedRecord(ref.value, record) : record }]
    }),
  )
}

async function readOne(
  { api, settings }: RelatedDeps,
  object: RecordObject,
  id: string,
  fields: string[],
  ctx: Ctx,
): Promise<Row | null> {
  const route = `GET /crm/v3/objects/${object}/{id}`
  try {
    const { data } = await api.call({ ctx, route, effect: 'read', schema: rowSchema, success: 200 }, (sdk) =>
      sdk.basic.getById(object, id, propertiesFor(object, fields, settings)),
    )
    return data
  } catch (error) {
    if (error instanceof ConnectorError && error.fault.code === 'CW_RECORD_GONE') return null
    throw error
  }
}
