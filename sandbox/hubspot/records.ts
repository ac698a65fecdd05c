/** Creating, changing, archiving and merging records. Each function validates first and changes nothing when it throws. */
import { invalid, notFound, HubSpotError } from './errors.ts'
import type { ErrorDetail } from './errors.ts'
import { moveLinks } from './associations.ts'
import { objectTypes } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import { currentId, newId } from './portal.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { remember } from './history.ts'
import { touch } from './touch.ts'
import { hold, holderOf, release } from './unique.ts'
import { brokenRules } from './validations.ts'
import { storedValue } from './values.ts'

export type Values = Record<string, unknown>

/** Who writes, for `hs_object_source` and for `changeSource` in webhooks. */
export interface Source {
  kind: 'INTEGRATION' | 'CRM_UI'
  id: string
}

export function createRecord(portal: Portal, type: ObjectType, values: Values, source: Source): StoredRecord {
  const checked = checkedValues(portal, type, values, null)
  const lacking = objectTypes[type].required.filter((names) => names.every((name) => (checked[name] ?? null) === null))
  if (lacking.length > 0) {
    const names = lacking.flat()
    throw invalid(
      `Error creating ${objectTypes[type].singular.toUpperCase()}. Some required properties were not set.`,
      names.map((name) => ({
        message: `${name} is required`,
        code: 'REQUIRED_FIELD',
        context: { propertyName: [name] },
      })),
      { properties: names },
    )
  }
  const now = portal.nowMs()
  const record: StoredRecord = {
    id: newId(portal),
    type,
    properties: {},
    createdAt: now,
    updatedAt: now,
    archivedAt: null,
    versions: [],
    history: new Map(),
  }
  const at = new Date(now).toISOString()
  Object.assign(record.properties, checked, {
    hs_object_id: record.id,
    hs_createdate: at,
    createdate: at,
    hs_object_source: source.kind,
    hs_object_source_id: source.id,
    hs_object_source_label: source.kind,
  })
  sign(portal, record, source)
  remember(record, Object.keys(checked), now, source)
  portal.records[type].set(record.id, record)
  portal.journal?.set(record, null)
  hold(portal, record)
  touch(portal, record)
  portal.emit({
    type,
    event: 'creation',
    objectId: record.id,
    occurredAt: now,
    changeSource: source.kind,
    sourceId: source.id,
    changeFlag: 'CREATED',
  })
  emitChanges(portal, record, Object.keys(checked), source)
  return record
}

export function updateRecord(portal: Portal, record: StoredRecord, values: Values, source: Source): StoredRecord {
  const checked = checkedValues(portal, record.type, values, record)
  const changed = Object.keys(checked).filter((name) => (record.properties[name] ?? null) !== checked[name])
  if (portal.journal?.has(record) === false) portal.journal.set(record, copyOf(record))
  release(portal, record)
  Object.assign(record.properties, checked)
  if (changed.length > 0) sign(portal, record, source)
  remember(record, changed, portal.nowMs(), source)
  hold(portal, record)
  if (changed.length > 0 || portal.switches.noopWritesTouch) touch(portal, record)
  emitChanges(portal, record, changed, source)
  return record
}

/** Which user changed it last, where the account tells: of a program nobody. */
function sign(portal: Portal, record: StoredRecord, { kind, id }: Source): void {
  if (!portal.switches.updatedByUser) return
  record.properties['hs_updated_by_user_id'] = kind === 'CRM_UI' ? id.replace(/^userId:/, '') : null
}

export function archiveRecord(portal: Portal, record: StoredRecord): void {
  if (record.archivedAt !== null) return
  release(portal, record)
  record.archivedAt = portal.nowMs()
  touch(portal, record)
  portal.emit({
    type: record.type,
    event: 'deletion',
    objectId: record.id,
    occurredAt: record.archivedAt,
    changeFlag: 'DELETED',
  })
}

/** Takes a record out of the archive. */
export function restoreRecord(portal: Portal, record: StoredRecord): void {
  record.archivedAt = null
  hold(portal, record)
  touch(portal, record)
  portal.emit({ type: record.type, event: 'restore', objectId: record.id, occurredAt: portal.nowMs() })
}

/** Forgets a record for good, as a person's wish to be erased asks for. */
export function eraseRecord(portal: Portal, record: StoredRecord): void {
  release(portal, record)
  portal.records[record.type].delete(record.id)
  portal.emit({ type: record.type, event: 'privacyDeletion', objectId: record.id, occurredAt: portal.nowMs() })
}

/** Merges two records; by default the result is a third one with an id of its own, and both old ids lead to it. */
export function mergeRecords(portal: Portal, type: ObjectType, primaryId: string, otherId: string): StoredRecord {
  const primary = liveRecord(portal, type, primaryId)
  const other = liveRecord(portal, type, otherId)
  if (primary.id === other.id) throw invalid('Cannot merge an object with itself')
  const merged = { ...other.properties, ...withoutNulls(primary.properties) }
  const keep = portal.switches.mergeKeepsPrimary
  const now = portal.nowMs()
  const result: StoredRecord = keep
    ? primary
    : { ...primary, id: newId(portal), createdAt: Math.min(primary.createdAt, other.createdAt), versions: [] }
  const gone = keep ? [other] : [primary, other]
  const earlier = [primary, other].flatMap((r) =>
    portal.switches.mergedIds === 'all' || keep
      ? (r.properties['hs_merged_object_ids'] ?? '').split(';').filter(Boolean)
      : [],
  )
  for (const record of [primary, other]) release(portal, record)
  for (const record of gone) {
    portal.records[type].delete(record.id)
    portal.merged[type].set(record.id, result.id)
  }
  result.properties = {
    ...merged,
    hs_object_id: result.id,
    hs_merged_object_ids: [...earlier, ...gone.map((r) => r.id)].join(';'),
  }
  portal.records[type].set(result.id, result)
  hold(portal, result)
  for (const record of gone) moveLinks(portal, type, record.id, result.id)
  touch(portal, result)
  portal.emit({
    type,
    event: 'merge',
    objectId: result.id,
    occurredAt: now,
    primaryObjectId: primary.id,
    mergedObjectIds: keep ? [other.id] : [primary.id, other.id],
    newObjectId: result.id,
    numberOfPropertiesMoved: Object.keys(withoutNulls(other.properties)).length,
  })
  return result
}

/** The record that an id or a unique value leads to today; null when there is none. Archived ones are asked for apart. */
export function findRecord(
  portal: Portal,
  type: ObjectType,
  value: string,
  idProperty: string | null,
  archived = false,
): StoredRecord | null {
  const record =
    idProperty === null || idProperty === 'hs_object_id'
      ? portal.records[type].get(currentId(portal, type, value))
      : byUnique(portal, type, idProperty, value)
  if (record === undefined || (record.archivedAt !== null) !== archived) return null
  return record
}

export function liveRecord(
  portal: Portal,
  type: ObjectType,
  value: string,
  idProperty: string | null = null,
): StoredRecord {
  const record = findRecord(portal, type, value, idProperty)
  if (record === null)
    throw notFound(`Object not found. objectId are usually numeric. ${type} ${value}`, { id: [value] })
  return record
}

function byUnique(portal: Portal, type: ObjectType, name: string, value: string): StoredRecord | undefined {
  const property = portal.properties[type].get(name)
  if (property?.hasUniqueValue !== true || property.archived) {
    throw invalid(`Property ${name} is not a unique identifier for ${type}`, [
      { message: `Property ${name} is not unique`, code: 'INVALID_ID_PROPERTY', context: { propertyName: [name] } },
    ])
  }
  return holderOf(portal, type, name, value)
}

/** Validates every value; unknown, read-only and taken unique ones are refused together, as HubSpot lists them. */
function checkedValues(
  portal: Portal,
  type: ObjectType,
  values: Values,
  record: StoredRecord | null,
): Record<string, string | null> {
  const problems: ErrorDetail[] = []
  const checked: Record<string, string | null> = {}
  for (const [name, raw] of Object.entries(values)) {
    const property = portal.properties[type].get(name)
    if (property === undefined || property.archived) {
      problems.push({
        message: `Property "${name}" does not exist`,
        code: 'PROPERTY_DOESNT_EXIST',
        in: name,
        context: { propertyName: [name] },
      })
      continue
    }
    if (property.readOnlyValue) {
      problems.push({
        message: `"${name}" is a read only property`,
        code: 'READ_ONLY_VALUE',
        in: name,
        context: { propertyName: [name] },
      })
      continue
    }
    const stored = storedValue(property, raw, allowedNow(portal, type, name, values, record))
    if (stored.ok) checked[name] = stored.value
    else problems.push(stored.error)
    if (stored.ok && portal.switches.rulesBindWrites)
      problems.push(...brokenRules(name, stored.value, portal.validations[type].get(name)))
  }
  if (problems.length > 0) {
    throw invalid(`Property values were not valid: ${JSON.stringify(problems)}`, problems)
  }
  refuseTaken(portal, type, checked, record)
  return checked
}

function refuseTaken(
  portal: Portal,
  type: ObjectType,
  checked: Record<string, string | null>,
  record: StoredRecord | null,
): void {
  for (const [name, value] of Object.entries(checked)) {
    if (value === null || portal.properties[type].get(name)?.hasUniqueValue !== true) continue
    const holder = byUnique(portal, type, name, value)
    if (holder === undefined || holder.id === record?.id) continue
    const noun = objectTypes[type].singular
    throw new HubSpotError(
      409,
      'CONFLICT',
      `${noun[0]?.toUpperCase() ?? ''}${noun.slice(1)} already exists. Existing ID: ${holder.id}`,
    )
  }
}

/** Pipelines and stages take the ids that exist; a stage belongs to its pipeline. */
function allowedNow(
  portal: Portal,
  type: ObjectType,
  name: string,
  values: Values,
  record: StoredRecord | null,
): string[] | undefined {
  if (type !== 'deals') return undefined
  const pipelines = (portal.pipelines.get('deals') ?? []).filter((p) => !p.archived)
  if (name === 'pipeline') return pipelines.map((p) => p.id)
  if (name !== 'dealstage') return undefined
  const wished = values['pipeline'] ?? record?.properties['pipeline'] ?? 'default'
  return pipelines.filter((p) => p.id === wished).flatMap((p) => p.stages.filter((s) => !s.archived).map((s) => s.id))
}

/** Puts back what was written since the journal was begun; events of the failed call are already out, as they may be at HubSpot. */
export function undoJournal(portal: Portal, type: ObjectType): void {
  for (const [record, before] of portal.journal ?? []) {
    release(portal, record)
    if (before === null) portal.records[type].delete(record.id)
    else {
      Object.assign(record, before)
      hold(portal, record)
    }
  }
}

function emitChanges(portal: Portal, record: StoredRecord, names: string[], source: Source): void {
  for (const name of names) {
    portal.emit({
      type: record.type,
      event: 'propertyChange',
      objectId: record.id,
      occurredAt: record.updatedAt,
      propertyName: name,
      propertyValue: record.properties[name] ?? '',
      changeSource: source.kind,
      sourceId: source.id,
    })
  }
}

const copyOf = (record: StoredRecord): StoredRecord => ({
  ...record,
  properties: { ...record.properties },
  versions: [...record.versions],
  history: new Map([...record.history].map(([name, settings]) => [name, [...settings]])),
})

function withoutNulls(properties: Record<string, string | null>): Record<string, string | null> {
  return Object.fromEntries(Object.entries(properties).filter(([, value]) => value !== null))
}
