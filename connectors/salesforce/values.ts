/** The fields of a write as Salesforce takes them. */
import type { Fields, FieldValue, Write } from '../contract.ts'
import type { Client } from './client.ts'
import { currency, derivedFields, personName, taskAccount, taskDeal, taskState } from './derived.ts'
import type { Settings } from './settings.ts'

export interface Writing {
  client: Client
  settings: Settings
  nowMs: () => number
  /** The fields to read back, besides those written. */
  fields: (object: string) => string[]
}

/** How a write is made: by the org's id, by our key, or as a new record. */
export type Way = 'update' | 'upsert' | 'create'

/** Without what is derived; a record that may be new gets what the platform demands. */
export function bodyFields(w: Writing, write: Write, way: Way): Fields {
  const fields = plainFields(w.settings, write)
  if (way === 'update') return fields
  const { settings, nowMs } = w
  switch (write.object) {
    case 'Opportunity':
      fields.StageName ??= settings.stages.open
      fields.CloseDate ??= new Date(nowMs() + settings.defaultCloseDays * 86_400_000).toISOString().slice(0, 10)
      break
    case 'Lead':
      fields.Company ??= settings.unnamed
      fields.LastName ??= settings.unnamed
      break
    case 'Contact':
      fields.LastName ??= settings.unnamed
      break
    default:
  }
  return fields
}

/** What the platform demands of a new record and gets by `bodyFields` where a write says nothing of it. */
export function demandedFields(object: string): string[] {
  switch (object) {
    case 'Opportunity':
      return ['StageName', 'CloseDate']
    case 'Lead':
      return ['Company', 'LastName']
    case 'Contact':
      return ['LastName']
    default:
      return []
  }
}

function plainFields(settings: Settings, write: Write): Fields {
  const derived = derivedFields(write.object, settings)
  const fields: Fields = {}
  for (const [name, value] of Object.entries(write.fields)) {
    if (name === personName) Object.assign(fields, namesOf(value, write.fields))
    else if (name === currency && !settings.multiCurrency) continue
    else if (name === taskState)
      fields.Status = value === 'done' ? settings.taskStatuses.done : settings.taskStatuses.open
    else if (name === taskDeal || name === taskAccount) fields.WhatId = value ?? fields.WhatId ?? null
    else if (derived.get(name)?.writable !== false) fields[name] = value
  }
  return fields
}

/** A whole name in two parts, the last word being the last name, unless the write has the parts. */
function namesOf(value: FieldValue, given: Fields): Fields {
  if (typeof value !== 'string' || (given.LastName ?? null) !== null) return {}
  const words = value.trim().split(/\s+/)
  const last = words.pop() ?? ''
  const first = words.join(' ')
  return { ...(last === '' ? {} : { LastName: last }), FirstName: first === '' ? null : first }
}
