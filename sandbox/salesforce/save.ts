/** Creates, changes, deletes and merges records under the org's rules. */
import { parseBody } from './body.ts'
import { announce } from './events.ts'
import { bindPartner, refusePartner, unbindPartners } from './partners.ts'
import type { Body } from './body.ts'
import { normaliseId } from './ids.ts'
import { idsByKey, nextId, putRow, objectNamed, rowById, stamp, tableOf, visibleField } from './org.ts'
import type { Org, Row, Value } from './org.ts'
import { Refusal, refuse } from './problem.ts'
import { demandWrite } from './rights.ts'
import { refuseDuplicates, refuseLockedParent, refuseInvalid } from './rules.ts'
import { refuseSetUp } from './set-up-records.ts'
import type { FieldDef, ObjectDef } from './schema.ts'

/** When it is saved, and what the request's headers say of it. */
export interface Save {
  nowMs: number
  client: string | null
  allowDuplicates: boolean
  /** By a program through the API, whose user's rights count; else by people of the org, who may do anything here. */
  isProgram: boolean
  /** The user who saves. Default: the one that the integration runs as. */
  userId?: string
}

/** Creates a record and answers its id. Throws `Refusal`. */
export function create(org: Org, type: string, body: Body, by: Save): string {
  const def = objectNamed(org, type)
  if (!def.createable) throw refuse(405, 'METHOD_NOT_ALLOWED', `${type} cannot be created`)
  if (by.isProgram) demandWrite(org, def.name, 'Create')
  const given = parseBody(org, def, body, 'createable')
  const values: Record<string, Value> = {}
  for (const f of def.fields) if (f.defaultValue !== null) values[f.name] = f.defaultValue
  if (def.fields.some((f) => f.name === 'OwnerId')) values.OwnerId = org.runningUserId
  Object.assign(values, given)
  const at = stamp(org, by.nowMs)
  Object.assign(values, { CreatedDate: at, CreatedById: org.runningUserId })
  const row: Row = { id: nextId(org, def), type: def.name, values, locked: false, deletedMs: null }
  requireFields(def, values)
  refusePartner(org, def, values)
  commit(org, def, null, row, by)
  bindPartner(org, row, by.nowMs)
  return row.id
}

/** Changes a record. Throws `Refusal`. */
export function update(org: Org, type: string, id: string, body: Body, by: Save): void {
  const def = objectNamed(org, type)
  const row = existing(org, def, id)
  if (!def.updateable) throw refuse(405, 'METHOD_NOT_ALLOWED', `${type} cannot be updated`)
  if (by.isProgram) demandWrite(org, def.name, 'Edit')
  if (row.locked) throw refuse(400, 'ENTITY_IS_LOCKED', 'the entity is locked for editing', [])
  const given = parseBody(org, def, body, 'updateable')
  const values = { ...row.values, ...given }
  for (const name of Object.keys(given))
    if (given[name] === null && isRequired(def, name))
      throw refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${name}]`, [name])
  commit(org, def, row, { ...row, values }, by)
}

/** Creates or changes by external id. Throws `Refusal`, with 300 when several records have the value. */
export function upsert(
  org: Org,
  type: string,
  keyField: string,
  key: string,
  body: Body,
  by: Save,
): { id: string; created: boolean } {
  const def = objectNamed(org, type)
  const field = externalField(org, def, keyField)
  const found = field.name === 'Id' ? [existing(org, def, key)] : matchesOfKey(org, def, field, key)
  if (found.length > 1) throw new MultipleMatches(found)
  const [only] = found
  if (only !== undefined) {
    update(org, type, only.id, body, by)
    return { id: only.id, created: false }
  }
  return { id: create(org, type, { ...body, [field.name]: key }, by), created: true }
}

/** The field that an upsert goes by. Throws NOT_FOUND, as the platform does also for a field that is misspelt or not visible. */
export function externalField(org: Org, def: ObjectDef, name: string): FieldDef {
  const field = visibleField(org, def, name)
  if (field !== null && (field.externalId || field.name === 'Id')) return field
  throw refuse(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${name}`)
}

/** Several records have one external id: the answer is 300 with their addresses. */
export class MultipleMatches extends Refusal {
  readonly rows: Row[]
  constructor(rows: Row[]) {
    super(300, {
      errorCode: 'DUPLICATE_EXTERNAL_ID',
      message: `Duplicate external id specified: ${rows.map((r) => r.id).join(', ')}`,
    })
    this.rows = rows
  }
}

export function matchesOfKey(org: Org, def: ObjectDef, field: FieldDef, key: string): Row[] {
  return idsByKey(org, def.name, field.name, key)
    .map((id) => rowById(org, def.name, id))
    .filter((row) => row !== null)
    .filter((row) => row.deletedMs === null && (!field.caseSensitive || row.values[field.name] === key))
}

/** Moves a record, and the children that follow it, to the Recycle Bin. Throws `Refusal`. */
export function remove(org: Org, type: string, id: string, by: Save): void {
  const def = objectNamed(org, type)
  const row = existing(org, def, id)
  if (!def.deletable) throw refuse(405, 'METHOD_NOT_ALLOWED', `${type} cannot be deleted`)
  if (by.isProgram) demandWrite(org, def.name, 'Delete')
  if (row.locked) throw refuse(400, 'ENTITY_IS_LOCKED', 'the entity is locked for editing', [])
  buryAll(org, row, by)
}

/** The record and what goes with it: an account's contacts and deals, and the partner rows of any of them. */
function buryAll(org: Org, row: Row, by: Save): void {
  bury(org, row, by, null)
  if (row.type === 'Account') {
    for (const child of ['Contact', 'Opportunity']) {
      for (const c of tableOf(org, child).values())
        if (c.values.AccountId === row.id && c.deletedMs === null) buryAll(org, c, by)
    }
  }
  for (const bound of unbindPartners(org, row)) bury(org, bound, by, null)
}

/** Merges accounts, contacts or leads: the losers are deleted and name their master, children move over. */
export function merge(org: Org, type: string, masterId: string, loserIds: string[], nowMs: number): void {
  const def = objectNamed(org, type)
  if (!def.mergeable) throw refuse(400, 'INVALID_TYPE', `${type} cannot be merged`)
  const master = existing(org, def, masterId)
  for (const loserId of loserIds) {
    const loser = existing(org, def, loserId)
    bury(org, loser, { nowMs, client: null, allowDuplicates: true, isProgram: false }, master.id)
    for (const table of org.rows.values()) {
      for (const row of table.values()) {
        const moved = Object.entries(row.values).filter(
          ([name, value]) => value === loser.id && name !== 'MasterRecordId',
        )
        if (moved.length > 0)
          restamp(
            org,
            { ...row, values: { ...row.values, ...Object.fromEntries(moved.map(([name]) => [name, master.id])) } },
            nowMs,
          )
      }
    }
  }
  restamp(org, master, nowMs)
  announce(org, 'UPDATE', master, {}, { nowMs, client: null })
}

/** Takes a record out of the Recycle Bin. */
export function undelete(org: Org, type: string, id: string, nowMs: number): void {
  const row = rowById(org, type, id)
  if (row === null || row.deletedMs === null) throw refuse(404, 'UNDELETE_FAILED', 'Entity is not in the recycle bin')
  restamp(org, { ...row, deletedMs: null }, nowMs)
  announce(org, 'UNDELETE', row, row.values, { nowMs, client: null })
}

/** Converts a lead as a user does in the interface: no call of the REST API can. */
export function convert(
  org: Org,
  into: { lead: string; account: string; contact?: string | undefined; opportunity?: string | undefined },
  nowMs: number,
): void {
  const row = existing(org, objectNamed(org, 'Lead'), into.lead)
  const changed = {
    IsConverted: true,
    Status: 'Closed - Converted',
    ConvertedDate: new Date(nowMs).toISOString().slice(0, 10),
    ConvertedAccountId: into.account,
    ConvertedContactId: into.contact ?? null,
    ConvertedOpportunityId: into.opportunity ?? null,
  }
  restamp(org, { ...row, values: { ...row.values, ...changed } }, nowMs)
  announce(org, 'UPDATE', row, changed, { nowMs, client: null })
}

function bury(org: Org, row: Row, by: Save, masterId: string | null): void {
  const values = masterId === null ? row.values : { ...row.values, MasterRecordId: masterId }
  restamp(org, { ...row, values, deletedMs: by.nowMs }, by.nowMs)
  announce(org, 'DELETE', row, {}, by)
}

function restamp(org: Org, row: Row, nowMs: number): void {
  putRow(org, { ...row, values: { ...row.values, SystemModstamp: stamp(org, nowMs) } })
}

/** The live record, by either form of its id. Throws NOT_FOUND, ENTITY_IS_DELETED or MALFORMED_ID. */
export function existing(org: Org, def: ObjectDef, id: string): Row {
  const full = normaliseId(id)
  if (full === null) throw refuse(400, 'MALFORMED_ID', `malformed id ${id}`, ['Id'])
  const row = rowById(org, def.name, full)
  if (row === null)
    throw refuse(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible: ' + id)
  if (row.deletedMs !== null) throw refuse(404, 'ENTITY_IS_DELETED', 'entity is deleted', [])
  return row
}

function commit(org: Org, def: ObjectDef, before: Row | null, after: Row, by: Save): void {
  refuseTakenKeys(org, def, after)
  refuseInactiveOwner(org, before, after)
  refuseLockedParent(org, before, after, by)
  refuseSetUp(org, after)
  refuseInvalid(org, def, before, after, by.nowMs)
  if (!by.allowDuplicates) refuseDuplicates(org, def, before, after)
  const at = stamp(org, by.nowMs)
  const values = {
    ...after.values,
    LastModifiedDate: at,
    LastModifiedById: by.userId ?? org.runningUserId,
    SystemModstamp: at,
  }
  putRow(org, { ...after, values })
  org.origins.push({ id: after.id, client: by.client })
  announce(org, before === null ? 'CREATE' : 'UPDATE', after, changedValues(before, after), by)
}

function changedValues(before: Row | null, after: Row): Record<string, Value> {
  return Object.fromEntries(Object.entries(after.values).filter(([name, value]) => before?.values[name] !== value))
}

/** A record cannot be given to a user who has left; one that they have may be changed. */
function refuseInactiveOwner(org: Org, before: Row | null, after: Row): void {
  const owner = after.values.OwnerId
  if (typeof owner !== 'string' || owner === before?.values.OwnerId) return
  if (rowById(org, 'User', owner)?.values.IsActive === false)
    throw refuse(400, 'INACTIVE_OWNER_OR_USER', `Operation performed with inactive user [${owner}] as owner`, [])
}

function refuseTakenKeys(org: Org, def: ObjectDef, row: Row): void {
  for (const field of def.fields) {
    const value = row.values[field.name]
    if (!field.unique || !field.externalId || typeof value !== 'string') continue
    const other = matchesOfKey(org, def, field, value).find((r) => r.id !== row.id)
    if (other !== undefined)
      throw refuse(
        400,
        'DUPLICATE_VALUE',
        `duplicate value found: ${field.name} duplicates value on record with id: ${other.id}`,
        [],
      )
  }
}

function requireFields(def: ObjectDef, values: Record<string, Value>): void {
  const missing = def.fields
    .filter((f) => isRequired(def, f.name) && (values[f.name] ?? null) === null)
    .map((f) => f.name)
  if (missing.length > 0)
    throw refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, missing)
}

function isRequired(def: ObjectDef, name: string): boolean {
  const field = def.fields.find((f) => f.name === name)
  return (
    field !== undefined &&
    !field.nillable &&
    field.createable &&
    field.type !== 'boolean' &&
    field.defaultValue === null
  )
}
