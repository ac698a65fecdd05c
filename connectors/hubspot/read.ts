/** Reading records by id and by our key. */
import { z } from 'zod'
import type { Ctx, Fault, Read, Ref } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { errorSchema, faultOfRow } from './faults.ts'
import { batchSize } from './objects.ts'
import type { RecordObject } from './objects.ts'
import type { PartyApi } from './parties.ts'
import { partiesOf } from './parties.ts'
import { mergedIdsOf, mergedRecord, propertiesFor, recordOf, rowSchema, wantsParties } from './records.ts'
import type { Row } from './records.ts'
import type { Settings } from './settings.ts'

export const batchSchema = z.object({ results: z.array(rowSchema), errors: z.array(errorSchema).nullish() })

export interface ReadDeps {
  api: Api
  parties: PartyApi
  settings: Settings
}

/** Same order as `refs`. An old id from before a merge is answered with the record that it became. */
export async function readRecords(
  deps: ReadDeps,
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
  deps: ReadDeps,
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
        by === 'id' ? r.id === ref.value : sameKey(r.properties[settings.properties.key], ref.value),
      )
      const heir = row ?? (by === 'id' ? rows.find((r) => mergedIdsOf(r).includes(ref.value)) : undefined)
      if (heir !== undefined) found.set(ref, { row: heir, old: row === undefined })
    }
  }
  const open = () => refs.filter((ref) => !found.has(ref))
  place(live.rows, refs)
  const claimed = new Set([...found.values()].map((f) => f.row.id))
  if (by === 'id' && open().length > 0 && live.rows.some((r) => !claimed.has(r.id))) {
    // A row that nobody asked for is the heir of an id that was: asked one by one, HubSpot says which.
    for (const ref of open()) {
      const row = await readOne(deps, object, ref.value, fields, ctx)
      if (row !== null) found.set(ref, { row, old: row.id !== ref.value })
    }
  }
  if (open().length > 0) place((await batchRead(deps, object, by, open(), fields, true, ctx)).rows, open())

  const rows = [...found.values()].map((f) => f.row)
  const wanted = wantsParties(object, fields)
  const companies = wanted
    ? await deps.parties.ofDeals(
        rows.filter((r) => r.archived !== true).map((r) => r.id),
        ctx,
      )
    : null
  return new Map(
    refs.map((ref): [Ref, Read] => {
      const hit = found.get(ref)
      if (hit === undefined)
        return [ref, live.fault === null ? { status: 'absent' } : { status: 'failed', fault: live.fault }]
      const parties = companies === null ? null : partiesOf(companies.get(hit.row.id))
      const record = recordOf(object, hit.row, fields, settings, parties)
      return [ref, { status: 'found', record: hit.old ? mergedRecord(ref.value, record) : record }]
    }),
  )
}

/**
 * One batch read. Ids that do not exist come as errors of a 207 or are left out of a 200; any other error of a 207 is a fault, and
 * absence is then not proven.
 */
export async function batchRead(
  { api, settings }: Pick<ReadDeps, 'api' | 'settings'>,
  object: RecordObject,
  by: 'id' | 'key',
  refs: Pick<Ref, 'value'>[],
  fields: string[],
  archived: boolean,
  ctx: Ctx,
): Promise<{ rows: Row[]; fault: Fault | null }> {
  const route = `POST /crm/v3/objects/${object}/batch/read`
  const input = {
    inputs: [...new Set(refs.map((ref) => ref.value))].map((id) => ({ id })),
    properties: propertiesFor(object, fields, settings),
    propertiesWithHistory: [],
    ...(by === 'key' ? { idProperty: settings.properties.key } : {}),
  }
  const { data } = await api.call({ ctx, route, effect: 'read', schema: batchSchema, success: 200 }, (sdk) =>
    sdk.batch.read(object, input, archived),
  )
  const faults = (data.errors ?? []).flatMap((error) => {
    const fault =
      faultOfRow(error)?.fault ?? faultOf('CW_VENDOR_ANSWER', `${route}: HubSpot could not read every record`)
    return fault.code === 'CW_RECORD_GONE' ? [] : [fault]
  })
  return { rows: data.results, fault: faults[0] ?? null }
}

async function readOne(
  { api, settings }: ReadDeps,
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

/** Compared without case, so that a portal that changes it does not hide a record. */
export function sameKey(stored: string | null | undefined, key: string): boolean {
  return stored?.toLowerCase() === key.toLowerCase()
}
