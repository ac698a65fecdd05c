/** HubSpot's rows as records of the contract, and fields as properties to write. */
import { z } from 'zod'
import type { Fields, FieldValue, VendorRecord } from '../contract.ts'
import { choicesOf } from './choosers.ts'
import { civilDateOf, instantOfDay } from './close-date.ts'
import { closeDateProperty, isDerived, keyOf, mergedProperty, modifiedPropertyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import type { Settings } from './settings.ts'

/** A record in any answer. Every property value is a string or null. */
export const rowSchema = z.object({
  id: z.string().min(1),
  properties: z.record(z.string(), z.string().nullable()).default({}),
  updatedAt: z.string().nullish(),
  archived: z.boolean().nullish(),
  archivedAt: z.string().nullish(),
})
export type Row = z.output<typeof rowSchema>

const taskStatus = 'hs_task_status'

/** What must be read for a derived field, beside associations. */
const behind: Record<string, string[]> = {
  dealStatus: ['hs_is_closed', 'hs_is_closed_won'],
  fullName: ['firstname', 'lastname'],
  contactKind: ['lifecyclestage'],
  taskState: [taskStatus],
  changedByOwner: ['hs_updated_by_user_id', 'hubspot_owner_id'],
}

/** Who chose something is asked for where something is chosen. */
function behindOf(field: string, settings: Settings): string[] {
  const chosen = choicesOf(settings)[field]
  if (chosen === undefined) return behind[field] ?? []
  return [chosen.property, 'hs_updated_by_user_id', 'hubspot_owner_id']
}

/** The properties to ask for: those behind the wished fields, and the ones that every record needs. */
export function propertiesFor(object: RecordObject, fields: string[], settings: Settings): string[] {
  const own = fields.flatMap((f) => (isDerived(object, f) ? behindOf(f, settings) : [f]))
  return [...new Set([...own, keyOf(settings, object), modifiedPropertyOf(object), mergedProperty])]
}

/**
 * @param fields null: a write's answer, of which everything is taken that came
 * @param related the derived fields that come from associations, as far as they were read
 */
export function recordOf(
  object: RecordObject,
  row: Row,
  fields: string[] | null,
  settings: Settings,
  related: Fields | null = null,
): VendorRecord {
  const modifiedAt = modifiedAtOf(object, row)
  const values: Fields = {}
  const said = Object.keys(row.properties)
  const told = object === 'tasks' && said.includes(taskStatus) ? [...said, 'taskState'] : said
  for (const name of fields ?? told) {
    const value = valueOf(object, row, name, related)
    if (value === undefined) continue
    values[name] =
      name === closeDateProperty && object === 'deals' && typeof value === 'string'
        ? civilDateOf(value, settings.timeZone)
        : value
  }
  const deleted = row.archived === true
  return {
    object,
    id: row.id,
    key: row.properties[keyOf(settings, object)] ?? null,
    version: `${modifiedAt ?? ''}${deleted ? ' archived' : ''}`,
    modifiedAt,
    deleted,
    mergedInto: null,
    fields: values,
  }
}

/** When the record was last changed, or archived. */
export function modifiedAtOf(object: RecordObject, row: Row): string | null {
  return instant(row.archivedAt ?? row.properties[modifiedPropertyOf(object)] ?? row.updatedAt ?? null)
}

/** Undefined: not read, so nothing is said of it. */
function valueOf(object: RecordObject, row: Row, name: string, related: Fields | null): FieldValue | undefined {
  if (!isDerived(object, name)) return row.properties[name]
  if (name === 'dealStatus') return statusOf(row)
  if (name === 'fullName') return fullNameOf(row)
  if (name === 'taskState') return row.properties[taskStatus] === 'COMPLETED' ? 'done' : 'open'
  return related?.[name]
}

/** A stage's meaning, as HubSpot derives it from the stage's probability. */
function statusOf(row: Row): string {
  if (row.properties['hs_is_closed_won'] === 'true') return 'won'
  return row.properties['hs_is_closed'] === 'true' ? 'lost' : 'open'
}

function fullNameOf({ properties }: Row): string | null {
  return [properties['firstname'], properties['lastname']].filter((part) => typeof part === 'string').join(' ') || null
}

/** The old ids of a record that came out of merges. */
export const mergedIdsOf = (row: Row): string[] =>
  (row.properties[mergedProperty] ?? '').split(';').filter((id) => id !== '' && id !== row.id)

/** The old id's record, asked for by that id: it leads to the new one and has the same content. */
export function mergedRecord(oldId: string, record: VendorRecord): VendorRecord {
  return { ...record, id: oldId, mergedInto: record.id, version: `merged into ${record.id}` }
}

/** The old id as a change of its own: the same each time that the heir is read, so that it is stored once. */
export function mergedChange(oldId: string, record: VendorRecord): VendorRecord {
  return { ...mergedRecord(oldId, record), key: null, modifiedAt: null, fields: {} }
}

/** A record that is none of ours any more, or no longer there: without a word of what is in it. */
export function tombstone(object: string, id: string, version: string, modifiedAt: string | null): VendorRecord {
  return { object, id, key: null, version, modifiedAt, deleted: true, mergedInto: null, fields: {} }
}

/** Fields as HubSpot takes them: strings, an empty one clears. Derived fields are no properties. */
export function propertiesOf(object: RecordObject, fields: Fields, settings: Settings): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (name === 'taskState' && object === 'tasks')
      properties[taskStatus] = value === 'done' ? 'COMPLETED' : 'NOT_STARTED'
    if (isDerived(object, name)) continue
    const text = textOf(value)
    const civil = object === 'deals' && name === closeDateProperty && /^\d{4}-\d{2}-\d{2}$/.test(text)
    properties[name] = civil ? instantOfDay(text, settings.timeZone) : text
  }
  return properties
}

function textOf(value: FieldValue): string {
  if (value === null) return ''
  return Array.isArray(value) ? value.join(';') : String(value)
}

function instant(text: string | null): string | null {
  if (text === null) return null
  const ms = /^\d+$/.test(text) ? Number(text) : Date.parse(text)
  return Number.isNaN(ms) ? null : new Date(ms).toISOString()
}
