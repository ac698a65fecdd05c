/** One batch read of records, by id or by our key. */
import { z } from 'zod'
import type { Ctx, Fault, Ref } from '../contract.ts'
import { faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { errorSchema, faultOfRow } from './faults.ts'
import { keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { propertiesFor, rowSchema } from './records.ts'
import type { Row } from './records.ts'
import type { Settings } from './settings.ts'

export const batchSchema = z.object({ results: z.array(rowSchema), errors: z.array(errorSchema).nullish() })

export interface BatchDeps {
  api: Api
  settings: Settings
}

/**
 * Ids that do not exist come as errors of a 207 or are left out of a 200; any other error of a 207 is a fault, and absence is then
 * not proven.
 */
export async function batchRead(
  { api, settings }: BatchDeps,
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
    ...(by === 'key' ? { idProperty: keyOf(settings, object) } : {}),
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

/** Compared without case, so that a portal that changes it does not hide a record. */
export function sameKey(stored: string | null | undefined, key: string): boolean {
  return stored?.toLowerCase() === key.toLowerCase()
}
