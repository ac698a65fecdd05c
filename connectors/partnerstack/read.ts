import { ConnectorError, faultOf, type Ctx, type Fault, type Read, type Ref } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject } from './json.ts'
import type { ToRecord } from './records.ts'

/**
 * Reads one record. PartnerStack takes either of a record's identifiers in the same path, so an id that happens to be another
 * record's key could find the wrong one: what was found is compared with what was asked for.
 */
export async function readOne(
  how: { client: Client; toRecord: ToRecord; object: string },
  ref: Ref,
  fields: string[],
  ctx: Ctx,
): Promise<Read> {
  try {
    const path = `/${how.object}/${encodeURIComponent(ref.value)}`
    const answer = await how.client.call({ method: 'GET', path, route: `/${how.object}/{key}` }, ctx)
    if (answer.status === 'refused') return { status: 'failed', fault: answer.fault }
    if (answer.status === 'absent') return { status: 'absent' }
    if (!isObject(answer.data)) return { status: 'failed', fault: noRecord(how.object) }
    const record = how.toRecord(answer.data, fields)
    return record[ref.by] === ref.value ? { status: 'found', record } : { status: 'absent' }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { status: 'failed', fault: error.fault }
  }
}

/** A success without a record in it proves nothing: only a 404 says that there is none. */
export function noRecord(object: string): Fault {
  return faultOf('CW_VENDOR_ANSWER', `An answer of ${object} holds no record`, { scope: 'batch' })
}
