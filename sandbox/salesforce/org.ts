/** The org's state: objects, records, tokens, open queries, and the rules that administrators add. */
import { randomInt } from 'node:crypto'
import { Decimal } from './exact-json.ts'
import type { AuthorizationCode } from './authorize.ts'
import { app, type App } from './app.ts'
import { idOf, normaliseId } from './ids.ts'
import type { Job } from './jobs.ts'
import { refuse } from './problem.ts'
import type { Saving } from './formula.ts'
import type { ListView } from './list-views.ts'
import { fieldRight, freshProfile, governedObjects } from './rights.ts'
import type { Profile } from './rights.ts'
import type { Report } from './reports.ts'
import { closedStages, freshSchema, stageNames } from './standard-objects.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { defaults } from './switches.ts'
import type { StreamClient, StreamEvent } from './events.ts'
import type { Switches } from './switches.ts'

/** Text, picklists, references and dates as text; date-times as ISO UTC; numbers as decimals. */
export type Value = string | boolean | Decimal | null

/** Never changed in place: a save replaces it, so that a copy of the table is a snapshot. */
export interface Row {
  readonly id: string
  readonly type: string
  readonly values: Readonly<Record<string, Value>>
  readonly locked: boolean
  /** Since when it lies in the Recycle Bin. */
  readonly deletedMs: number | null
}

export interface ValidationRule {
  object: string
  /** A SOQL condition; a record for which it holds is refused. */
  when: string
  message: string
  fields: string[]
}

/** A rule that was made by the API, with its formula. */
export interface FormulaRule {
  id: string
  object: string
  name: string
  isActive: boolean
  formula: string
  message: string
  fields: string[]
  holds: (saving: Saving) => boolean
}

export interface DuplicateRule {
  object: string
  /** Fields that must all be equal, case aside, for two records to count as duplicates. */
  match: string[]
  name: string
}

export interface Session {
  expiresMs: number
}

export interface OpenQuery {
  ids: string[]
  soql: string
  all: boolean
  openedMs: number
  size: number
}

export interface Org {
  schema: Map<string, ObjectDef>
  rows: Map<string, Map<string, Row>>
  /** `Object.Field` of each external id → value in lower case → ids. */
  keys: Map<string, Map<string, Set<string>>>
  /** Ids go on from a random start, so that a program which remembers an earlier org does not meet them again. */
  serial: number
  /** Where the sandbox's switches stand now. */
  positions: Switches
  stages: Map<string, { closed: boolean; won: boolean }>
  validationRules: ValidationRule[]
  duplicateRules: DuplicateRule[]
  formulaRules: FormulaRule[]
  listViews: Map<string, ListView>
  reports: Map<string, Report>
  profile: Profile
  /** Fields that the profile does not give: `Object.Field`. One created by API is hidden until an assigned set grants it. */
  hidden: Set<string>
  /** When a child's write last held its parent's lock. */
  parentLocks: Map<string, { atMs: number; call: number }>
  sessions: Map<string, Session>
  refreshTokens: Set<string>
  app: App
  codes: Map<string, AuthorizationCode>
  queries: Map<string, OpenQuery>
  /** API calls of the day. */
  used: number
  /** The request being carried out: writes of one call do not lock each other out. */
  call: number
  /** Origin of each write, newest last, as change events would name it. */
  origins: { id: string; client: string | null }[]
  /** The position of the switch as it last took effect. */
  setUp: string
  /** Ids of fields and rules, by name. */
  setUpIds: Map<string, string>
  /** When an object or field was last added. */
  schemaChangedMs: number
  jobs: Map<string, Job>
  /** Change events of the last three days, oldest first. */
  events: StreamEvent[]
  lastReplayId: number
  streamClients: Map<string, StreamClient>
  organizationId: string
  runningUserId: string
}

export function freshOrg(): Org {
  const org: Org = {
    schema: new Map(),
    rows: new Map(),
    keys: new Map(),
    serial: randomInt(1, 3_000_000) * 100_000,
    positions: { ...defaults },
    stages: new Map(),
    validationRules: [],
    duplicateRules: [],
    formulaRules: [],
    listViews: new Map(),
    reports: new Map(),
    profile: freshProfile(),
    hidden: new Set(),
    parentLocks: new Map(),
    sessions: new Map(),
    refreshTokens: new Set(),
    app: { ...app, callbackUrls: [...app.callbackUrls] },
    codes: new Map(),
    queries: new Map(),
    used: 0,
    call: 0,
    origins: [],
    setUp: defaults.setUp,
    setUpIds: new Map(),
    schemaChangedMs: 0,
    jobs: new Map(),
    events: [],
    lastReplayId: randomInt(1000, 1_000_000),
    streamClients: new Map(),
    organizationId: '',
    runningUserId: '',
  }
  const bornMs = Date.UTC(2026, 0, 1)
  for (const def of freshSchema()) addObject(org, def)
  org.runningUserId = place(
    org,
    'User',
    {
      Username: 'causeway@meridian.example',
      Email: 'causeway@meridian.example',
      LastName: 'Integration',
      FirstName: 'Causeway',
      IsActive: true,
      UserType: 'Standard',
    },
    bornMs,
  )
  org.organizationId = place(
    org,
    'Organization',
    { Name: 'Meridian Cloud', OrganizationType: 'Enterprise Edition', IsSandbox: true },
    bornMs,
  )
  place(org, 'UserPermissionAccess', {}, bornMs)
  place(org, 'ProcessDefinition', { DeveloperName: 'Deal_Registration' }, bornMs)
  placeProfile(org, bornMs)
  for (const [i, name] of stageNames.entries()) {
    const end = closedStages[name]
    addStage(org, { name, closed: end !== undefined, won: end?.won ?? false, order: i + 1 }, bornMs)
  }
  return org
}

function placeProfile(org: Org, nowMs: number): void {
  const set = { Name: 'Integration_Profile', Label: 'Integration Profile', IsOwnedByProfile: true }
  org.profile.setId = place(org, 'PermissionSet', set, nowMs)
  const PermissionSetId = org.profile.setId
  place(org, 'PermissionSetAssignment', { AssigneeId: org.runningUserId, PermissionSetId }, nowMs)
  for (const SobjectType of governedObjects)
    place(org, 'ObjectPermissions', { ParentId: PermissionSetId, SobjectType }, nowMs)
}

export function addObject(org: Org, def: ObjectDef): void {
  org.schema.set(def.name, def)
  org.rows.set(def.name, new Map())
}

export function addStage(
  org: Org,
  stage: { name: string; closed: boolean; won: boolean; order: number },
  nowMs: number,
): void {
  org.stages.set(stage.name, { closed: stage.closed, won: stage.won })
  place(
    org,
    'OpportunityStage',
    {
      MasterLabel: stage.name,
      ApiName: stage.name,
      IsActive: true,
      IsClosed: stage.closed,
      IsWon: stage.won,
      SortOrder: new Decimal(String(stage.order)),
    },
    nowMs,
  )
}

/** The object's definition under its exact or differently cased name. */
export function objectNamed(org: Org, name: string): ObjectDef {
  const exact = org.schema.get(name)
  if (exact !== undefined) return exact
  const wanted = name.toLowerCase()
  for (const def of org.schema.values()) if (def.name.toLowerCase() === wanted) return def
  throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
}

/** A field that the integration user can see, or null. Names are compared without case, as the platform does. */
export function visibleField(org: Org, def: ObjectDef, name: string): FieldDef | null {
  const wanted = name.toLowerCase()
  const found = def.fields.find((f) => f.name.toLowerCase() === wanted)
  return found === undefined || !isVisible(org, def.name, found) ? null : found
}

const partnerFields = ['IsPartner', 'PartnerAccountId']

/** Currencies of records exist only in an org of several, partners' accounts only where the platform's partner features are on. */
export function isVisible(org: Org, object: string, field: FieldDef): boolean {
  if (partnerFields.includes(field.name) && !org.positions.partnerFeatures) return false
  if (field.name === 'CurrencyIsoCode' && !org.positions.multiCurrency) return false
  return fieldRight(org, object, field.name) !== 'none'
}

/** Stores a record, and finds it again by its external ids. */
export function putRow(org: Org, row: Row): void {
  const before = tableOf(org, row.type).get(row.id)
  if (before !== undefined) reindex(org, before, false)
  tableOf(org, row.type).set(row.id, row)
  reindex(org, row, true)
}

/** Removes a record for good. */
export function dropRow(org: Org, row: Row): void {
  reindex(org, row, false)
  tableOf(org, row.type).delete(row.id)
}

/** Ids of all records, deleted ones too, whose external id is `value`, case aside. */
export function idsByKey(org: Org, type: string, field: string, value: string): string[] {
  return [...(org.keys.get(`${type}.${field}`)?.get(value.toLowerCase()) ?? [])]
}

function reindex(org: Org, row: Row, add: boolean): void {
  for (const field of org.schema.get(row.type)?.fields ?? []) {
    const value = row.values[field.name]
    if (!field.externalId || typeof value !== 'string') continue
    const index = org.keys.get(`${row.type}.${field.name}`) ?? new Map<string, Set<string>>()
    org.keys.set(`${row.type}.${field.name}`, index)
    const ids = index.get(value.toLowerCase()) ?? new Set()
    index.set(value.toLowerCase(), ids)
    if (add) ids.add(row.id)
    else ids.delete(row.id)
  }
}

export function tableOf(org: Org, type: string): Map<string, Row> {
  const table = org.rows.get(type)
  if (table === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
  return table
}

/** The record with the id, deleted ones included, or null. */
export function rowById(org: Org, type: string, id: string): Row | null {
  const full = normaliseId(id)
  return full === null ? null : (tableOf(org, type).get(full) ?? null)
}

/** The type that an id's prefix names, or null. */
export function typeOfId(org: Org, id: string): string | null {
  for (const def of org.schema.values()) if (id.startsWith(def.prefix)) return def.name
  return null
}

export function nextId(org: Org, def: ObjectDef): string {
  org.serial += 1
  return idOf(def.prefix, org.serial)
}

/** The id of a field or a rule, the same whenever it is asked for. */
export function setUpId(org: Org, name: string, prefix: string): string {
  const known = org.setUpIds.get(name)
  if (known !== undefined) return known
  org.serial += 1
  const id = idOf(prefix, org.serial)
  org.setUpIds.set(name, id)
  return id
}

/** The instant as the org stamps it: whole seconds unless the switch says milliseconds. */
export function stamp(org: Org, nowMs: number): string {
  const unit = org.positions.stampPrecision === 'second' ? 1000 : 1
  return new Date(Math.floor(nowMs / unit) * unit).toISOString()
}

/** Stores a record as it is, for seeds: nothing is checked, no rule runs. */
export function place(org: Org, type: string, values: Record<string, Value>, nowMs: number): string {
  const def = objectNamed(org, type)
  const id = nextId(org, def)
  const at = stamp(org, nowMs)
  const user = org.runningUserId
  putRow(org, {
    id,
    type,
    locked: false,
    deletedMs: null,
    values: {
      CreatedDate: at,
      CreatedById: user,
      LastModifiedDate: at,
      LastModifiedById: user,
      SystemModstamp: at,
      ...values,
    },
  })
  return id
}

/** Runs `work`; when it throws and `undo` holds, the records are what they were. */
export function atomically<T>(org: Org, undo: boolean, work: () => T): T {
  if (!undo) return work()
  const before = new Map([...org.rows].map(([type, table]) => [type, new Map(table)]))
  const events = org.events.length
  try {
    return work()
  } catch (error) {
    org.rows = before
    org.events.length = Math.min(org.events.length, events)
    org.keys = new Map()
    for (const table of before.values()) for (const row of table.values()) reindex(org, row, true)
    throw error
  }
}
