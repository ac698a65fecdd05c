/** HubSpot's rows as records of the contract, and fields as properties to write. */
import { z } from 'zod'
import type { Fields, FieldValue, VendorRecord } from '../contract.ts'
import { civilDateOf, instantOfDay } from './close-date.ts'
import { closeDateProperty, derivedDealFields, mergedProperty, modifiedProperty } from './objects.ts'
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

/** The companies of a deal as its derived fields. */
export interface Parties {
  companyId: string | null
  partnerCompanyId: string | null
}

const derived: readonly string[] = derivedDealFields

/** The properties to ask for: those behind the wished fields, and the ones that every record needs. */
export function propertiesFor(object: RecordObject, fields: string[], settings: Settings): string[] {
  const own = object === 'deals' ? fields.filter((f) => !derived.includes(f)) : fields
  const status = object === 'deals' && fields.includes('dealStatus') ? ['hs_is_closed', 'hs_is_closed_won'] : []
  return [...new Set([...own, ...status, settings.properties.key, modifiedProperty, mergedProperty])]
}

/** Whether the wished fields need the deal's associations. */
export const wantsParties = (object: RecordObject, fields: string[]): boolean =>
  object === 'deals' && (fields.includes('companyId') || fields.includes('partnerCompanyId'))

/** `fields` null: a write's answer, of which everything is taken that came. */
export function recordOf(
  object: RecordObject,
  row: Row,
  fields: string[] | null,
  settings: Settings,
  parties: Parties | null = null,
): VendorRecord {
  const modifiedAt = instant(row.archivedAt ?? row.properties[modifiedProperty] ?? row.updatedAt ?? null)
  const values: Fields = {}
  for (const name of fields ?? Object.keys(row.properties)) {
    const value = row.properties[name]
    if (value === undefined) continue
    values[name] =
      name === closeDateProperty && object === 'deals' && value !== null ? civilDateOf(value, settings.timeZone) : value
  }
  if (object === 'deals') addDerived(values, row, fields, parties)
  const deleted = row.archived === true
  return {
    object,
    id: row.id,
    key: row.properties[settings.properties.key] ?? null,
    version: `${modifiedAt ?? ''}${deleted ? ' archived' : ''}`,
    modifiedAt,
    deleted,
    mergedInto: null,
    fields: values,
  }
}

function addDerived(values: Fields, row: Row, fields: string[] | null, parties: Parties | null): void {
  const wanted = (name: string) => fields?.includes(name) === true
  if (wanted('dealStatus')) values['dealStatus'] = statusOf(row)
  if (parties === null) return
  if (wanted('companyId')) values['companyId'] = parties.companyId
  if (wanted('partnerCompanyId')) values['partnerCompanyId'] = parties.partnerCompanyId
}

/** A stage's meaning, as HubSpot derives it from the stage's probability. */
function statusOf(row: Row): string {
  if (row.properties['hs_is_closed_won'] === 'true') return 'won'
  return row.properties['hs_is_closed'] === 'true' ? 'lost' : 'open'
}

/** The old ids of a record that came out of merges. */
export const mergedIdsOf = (row: Row): string[] =>
  (row.properties[mergedProperty] ?? '').split(';').filter((id) => id !== '')

/** The old id's record, asked for by that id: it leads to the new one and has the same content. */
export function mergedRecord(oldId: string, record: VendorRecord): VendorRecord {
  return { ...record, id: oldId, mergedInto: record.id, version: `merged into ${record.id}` }
}

/** The old id as a change of its own: the same each time that the heir is read, so that it is stored once. */
export function mergedChange(oldId: string, record: VendorRecord): VendorRecord {
  return { ...mergedRecord(oldId, record), key: null, modifiedAt: null, fields: {} }
}

/** Fields as HubSpot takes them: strings, an empty one clears. Derived fields are nobody's to write. */
export function propertiesOf(object: RecordObject, fields: Fields, settings: Settings): Record<string, string> {
  const properties: Record<string, string> = {}
  for (const [name, value] of Object.entries(fields)) {
    if (object === 'deals' && derived.includes(name)) continue
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
