import { ConnectorError, faultOf, type Ctx, type Fault } from '../contract.ts'
import type { Client } from './client.ts'

/** Archives records, which is what the vendor's DELETE does. What is not there any more is as wished. */
export async function archive(client: Client, object: string, ids: string[], ctx: Ctx): Promise<Fault[]> {
  if (object === 'members')
    return ids.map(() => faultOf('CW_RECORD_INVALID', 'PartnerStack has no way to remove a member through its API'))
  const faults: Fault[] = []
  for (const id of ids) {
    try {
      const path = `/${object}/${encodeURIComponent(id)}`
      const answer = await client.call({ method: 'DELETE', path, route: `/${object}/{key}` }, ctx)
      if (answer.status === 'refused') faults.push(answer.fault)
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
    }
  }
  return faults
}
