import { ConnectorError, faultOf, type Fields, type VendorRecord } from '../contract.ts'
import { flatten } from './flatten.ts'
import { textOf, type JsonObject } from './json.ts'
import type { Settings } from './settings.ts'

/** Makes a `VendorRecord` of an object as PartnerStack returned it. `wanted` empty: all fields. */
export type ToRecord = (raw: JsonObject, wanted: string[]) => VendorRecord

/**
 * A partnership's id is the identifier that deals refer to it by (`settings.partnerReference`, as a rule its unique
 * `partner_key`), so that the `partner_key` of a deal finds the partner's record as it is. The vendor's own `key` is a field.
 */
export function partnershipRecord(settings: Settings): ToRecord {
  return (raw, wanted) => {
    const fields = flatten(raw)
    const person = [textOf(fields['first_name']), textOf(fields['last_name'])].filter((part) => part !== null).join(' ')
    fields['name'] = textOf(fields['company.name']) ?? textOf(fields['team.name']) ?? (person === '' ? null : person)
    const id = textOf(fields[settings.partnerReference]) ?? textOf(fields['key'])
    return record('partnerships', id, null, fields, wanted)
  }
}

/**
 * A deal. `amount` stays in cents and `created_at` in milliseconds, as the mapping expects; `contact_name`, `submitted_by` and
 * `currency` are made up from what the vendor splits or leaves out.
 */
export function dealRecord(settings: Settings): ToRecord {
  return (raw, wanted) => {
    const fields = flatten(raw)
    const contact = joined(fields, 'contact_first_name', 'contact_last_name')
    const member = joined(fields, 'team_member.first_name', 'team_member.last_name')
    fields['account_name'] ??= fields['account_name.name'] ?? null // one published schema calls it an object
    fields['contact_name'] = contact
    fields['submitted_by'] = textOf(fields['team_member.email']) ?? member
    fields['currency'] = settings.currency
    return record('deals', textOf(fields['key']), textOf(fields['external_key']), fields, wanted)
  }
}

/** A lead. `direction` and `contact_name` are made up from what the vendor calls its source and splits. */
export function leadRecord(settings: Settings): ToRecord {
  return (raw, wanted) => {
    const fields = flatten(raw)
    fields['contact_name'] = joined(fields, 'first_name', 'last_name')
    fields['direction'] = fields['source'] === 'vendor' ? 'to-partner' : 'from-partner'
    fields['currency'] = settings.currency
    return record('leads', textOf(fields['key']), textOf(fields['external_key']), fields, wanted)
  }
}

function record(object: string, id: string | null, key: string | null, fields: Fields, wanted: string[]): VendorRecord {
  if (id === null) {
    throw new ConnectorError(faultOf('CW_VENDOR_ANSWER', `A record of ${object} has no key`, { scope: 'batch' }), 'no')
  }
  const updated = Number(fields['updated_at'] ?? fields['created_at'])
  const modified = Number.isFinite(updated) && updated > 0
  return {
    object,
    id,
    key,
    version: String(fields['updated_at'] ?? fields['created_at'] ?? ''),
    modifiedAt: modified ? new Date(updated).toISOString() : null,
    deleted: ['is_archived', 'archived'].some((name) => fields[name] === true || fields[name] === 'true'),
    mergedInto: null,
    fields: wanted.length === 0 ? fields : Object.fromEntries(wanted.map((name) => [name, fields[name] ?? null])),
  }
}

function joined(fields: Fields, first: string, last: string): string | null {
  const parts = [textOf(fields[first]), textOf(fields[last])].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(' ')
}
