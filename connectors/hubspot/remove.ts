/** The archive, for records that were made to be removed again. HubSpot keeps what is archived for 90 days. */
import { z } from 'zod'
import type { Ctx, Fault } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import type { Api } from './api.ts'
import { batchSize } from './objects.ts'
import type { RecordObject } from './objects.ts'

/** One fault for each batch that was refused; a record that is not there is no fault. */
export async function archiveRecords(api: Api, object: RecordObject, ids: string[], ctx: Ctx): Promise<Fault[]> {
  const faults: Fault[] = []
  const route = `POST /crm/v3/objects/${object}/batch/archive`
  for (let start = 0; start < ids.length; start += batchSize) {
    const inputs = ids.slice(start, start + batchSize).map((id) => ({ id }))
    try {
      await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 204 }, (sdk) =>
        sdk.batch.archive(object, { inputs }),
      )
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
    }
  }
  return faults
}
