import { errors } from '../../src/errors.ts'
import { ConnectorError, faultOf, type Ctx, type Fields, type Outcome, type Write } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, textOf, type Json } from './json.ts'
import type { ToRecord } from './records.ts'
import type { Settings } from './settings.ts'

/** Enough that a full batch takes about a second, few enough to be polite to a vendor that publishes no limit. */
export const atOnce = 5

export interface Patch {
  client: Client
  settings: Settings
  toRecord: ToRecord
  object: string
  /** The field of the body that takes our id, if the object has one. */
  keyField: string | null
  /** The path segment that the vendor knows the record by; null: there is no such record. */
  address(write: Write, ctx: Ctx): Promise<string | null>
}

/** Sends one PATCH with the changed fields and tells what became of it; never throws `ConnectorError`. */
export async function patch(how: Patch, write: Write, ctx: Ctx): Promise<Outcome> {
  const { ref } = write
  if (write.mode !== 'update') {
    const message = `Records of ${how.object} are created in the portal`
    return { ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message) }
  }
  try {
    const address = await how.address(write, ctx)
    if (address === null) return gone(ref)
    const body = bodyOf(how.settings, write.fields)
    if (how.keyField !== null && write.key !== null) body[how.keyField] = write.key
    const answer = await how.client.call(
      { method: 'PATCH', path: `/${how.object}/${encodeURIComponent(address)}`, route: `/${how.object}/{key}`, body },
      ctx,
    )
    if (answer.status === 'absent') return gone(ref)
    if (answer.status === 'refused') {
      if (answer.effect === 'maybe') return { ref, status: 'unclear', fault: answer.fault }
      const status = errors[answer.fault.code].class === 'record' ? 'rejected' : 'retry'
      return { ref, status, fault: answer.fault }
    }
    const stored = isObject(answer.data) && textOf(answer.data['key']) !== null ? how.toRecord(answer.data, []) : null
    return { ref, status: 'done', id: stored?.id ?? write.id ?? address, stored }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { ref, status: error.effect === 'maybe' ? 'unclear' : 'retry', fault: error.fault }
  }
}

/** `fields.<api_name>` goes to the custom fields in the form that the settings name, everything else to the top. */
export function bodyOf(settings: Settings, fields: Fields): { [name: string]: Json } {
  const body: { [name: string]: Json } = {}
  const custom: [string, Json][] = []
  for (const [name, value] of Object.entries(fields)) {
    if (name.startsWith('fields.')) custom.push([name.slice('fields.'.length), value])
    else body[name] = value
  }
  if (custom.length === 0) return body
  if (settings.customFieldsIn === 'meta') body['meta'] = Object.fromEntries(custom)
  else body['fields'] = custom.map(([name, value]) => ({ api_name: name, value }))
  return body
}

function gone(ref: string): Outcome {
  return {
    ref,
    status: 'rejected',
    fault: faultOf('CW_RECORD_GONE', 'PartnerStack has no such record', { vendorCode: 'HTTP 404' }),
  }
}
