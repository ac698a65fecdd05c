/** Leads: made by a partner in the portal, or given to one by us; told apart from deals by who may move them. */
import { errors } from '../../src/errors.ts'
import { ConnectorError, faultOf, type Ctx, type Outcome, type Write } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, textOf, type Json } from './json.ts'
import { noRecord, readOne } from './read.ts'
import type { ToRecord } from './records.ts'
import type { Settings } from './settings.ts'
import { bodyOf } from './write.ts'

interface LeadWriting {
  client: Client
  settings: Settings
  toRecord: ToRecord
}

/**
 * Makes a lead under our key. PartnerStack refuses a key that is taken; whether it is ours, of a request whose answer was lost, is
 * read by the key, for the refusal's status is not documented.
 */
export async function createLead(how: LeadWriting, write: Write, ctx: Ctx): Promise<Outcome> {
  const { ref, key } = write
  const body = newLead(how.settings, write)
  if (key === null || body === null) {
    const message = 'A new lead needs our id, a name, and a partner or settings.leadGroup'
    return { ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message, { fields: ['partner_key'] }) }
  }
  try {
    const answer = await how.client.call({ method: 'POST', path: '/leads', route: '/leads', body }, ctx)
    if (answer.status === 'ok') {
      if (!isObject(answer.data) || textOf(answer.data['key']) === null)
        return { ref, status: 'unclear', fault: noRecord('leads') }
      const stored = how.toRecord(answer.data, [])
      return { ref, status: 'done', id: stored.id, stored }
    }
    if (answer.status === 'absent')
      return { ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', 'PartnerStack takes no leads here') }
    if (answer.effect === 'maybe') return { ref, status: 'unclear', fault: answer.fault }
    const held = await readOne({ ...how, object: 'leads' }, { object: 'leads', by: 'key', value: key }, [], ctx)
    if (held.status === 'found') {
      // A plain create must not pass for done; an upsert goes on with what is there.
      if (write.mode === 'create')
        return {
          ref,
          status: 'rejected',
          fault: faultOf('CW_RECORD_DUPLICATE', 'The key is taken', { existingIds: [held.record.id] }),
        }
      return { ref, status: 'done', id: held.record.id, stored: held.record }
    }
    const status = errors[answer.fault.code].class === 'record' ? 'rejected' : 'retry'
    return { ref, status, fault: answer.fault }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { ref, status: error.effect === 'maybe' ? 'unclear' : 'retry', fault: error.fault }
  }
}

/** Null: neither a partner nor a group takes it. The vendor wants exactly one of the two, and both names. */
function newLead(settings: Settings, { key, fields }: Write): { [name: string]: Json } | null {
  const { contact_name: name, direction: _, partner_key: partner, ...rest } = fields
  const [first, ...last] = (textOf(name) ?? '').split(' ')
  const owner =
    textOf(partner) !== null
      ? { source: 'partner', partner_key: textOf(partner) }
      : settings.leadGroup === undefined
        ? null
        : { source: 'vendor', group_key: settings.leadGroup }
  if (owner === null || first === undefined || first === '') return null
  return {
    ...bodyOf(settings, rest),
    ...owner,
    external_key: key,
    first_name: first,
    last_name: last.join(' ') || '-',
  }
}
