/** The org as it stands, as far as a set-up is concerned and the integration user is allowed to see. Some ten requests. */
import { z } from 'zod'
import { ConnectorError } from '../contract.ts'
import type { Ctx } from '../contract.ts'
import type { Client } from './client.ts'
import { describedFields } from './describe.ts'
import type { DescribedField } from './describe.ts'
import { childOf, idIn, textIn } from './derived.ts'
import { fieldsStandOn, integrationSet, objectRights, orgFields, orgRules, orgValues, orgViews } from './org-set-up.ts'
import type { ObjectRight, OrgPermissionSet } from './org-set-up.ts'
import { heldPermissions } from './permissions.ts'
import type { PermissionName } from './permissions.ts'
import { allRows } from './read.ts'
import type { Row } from './records.ts'
import type { Settings } from './settings.ts'
import { isOneOf, quoted } from './soql.ts'

/** A field in one form, whether describe told of it or its metadata. */
export interface FieldLook {
  type: string
  length: number
  isKey: boolean
  refersTo: string[]
}

export interface OrgLook {
  userId: string
  held: Map<PermissionName, boolean>
  /** `Opportunity.Name__c`; also those that the user does not see, where it may look at the set-up. */
  fields: Map<string, FieldLook>
  /** Values of picklists that the user sees, by `Account.Type`. */
  values: Map<string, { values: string[]; isRestricted: boolean }>
  rules: Map<string, { isActive: boolean; formula: string }>
  views: Map<string, { filters: { field: string; operator: string; values: string[] }[]; visibility: string }>
  /** The permission set's id, its system permissions, whether the user has it, and what it grants. */
  set: { id: string; system: Set<string>; isAssigned: boolean } | null
  rights: Map<string, Set<ObjectRight>>
  fieldRights: Map<string, 'read' | 'edit'>
}

export async function lookAtOrg(client: Client, settings: Settings, runsReports: boolean, ctx: Ctx): Promise<OrgLook> {
  const userId = await whoami(client, ctx)
  const described = new Map<string, DescribedField[]>()
  const objects = new Set([...orgFields(settings), ...orgValues(settings)].map(({ object }) => object))
  for (const object of objects)
    described.set(object, (await unlessRefused(() => describedFields(client, object, ctx))) ?? [])
  const seen = new Map<string, FieldLook>()
  const values: OrgLook['values'] = new Map()
  for (const [object, fields] of described)
    for (const field of fields) {
      seen.set(`${object}.${field.name}`, lookOf(field))
      const active = (field.picklistValues ?? []).filter((v) => v.active).map((v) => v.value)
      values.set(`${object}.${field.name}`, { values: active, isRestricted: field.restrictedPicklist })
    }
  return {
    userId,
    held: await heldPermissions(client, ctx),
    values,
    fields: new Map([...(await unseenFields(client, settings, seen, ctx)), ...seen]),
    rules: await rulesOf(client, settings, ctx),
    views: await viewsOf(client, settings, ctx),
    ...(await setOf(client, integrationSet(settings, runsReports), userId, ctx)),
  }
}

const rootSchema = z.object({ identity: z.string() })

/** The id of the user that the integration runs as. */
export async function whoami(client: Client, ctx: Ctx): Promise<string> {
  const { body } = await client.demand({ method: 'GET', path: '', route: '/' }, rootSchema, ctx)
  return idIn(body.identity.split('/').at(-1)) ?? ''
}

/** What may not be looked at is not seen: null. */
export async function unlessRefused<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look()
  } catch (error) {
    if (error instanceof ConnectorError && refusals.has(error.fault.vendorCode ?? '')) return null
    throw error
  }
}

const refusals = new Set([
  'NOT_FOUND',
  'INVALID_TYPE',
  'INVALID_FIELD',
  'INSUFFICIENT_ACCESS',
  'INSUFFICIENT_ACCESS_OR_READONLY',
])

function lookOf(f: DescribedField): FieldLook {
  const types: Record<string, string> = {
    string: 'Text',
    datetime: 'DateTime',
    boolean: 'Checkbox',
    currency: 'Currency',
    reference: 'Lookup',
    picklist: 'Picklist',
  }
  return {
    type: types[f.type] ?? f.type,
    length: f.length,
    isKey: f.externalId && f.unique,
    refersTo: f.referenceTo ?? [],
  }
}

const toolingRows = z.object({ records: z.array(z.record(z.string(), z.unknown())) })
const fieldSchema = z.object({
  Metadata: z.object({
    type: z.string(),
    length: z.coerce.number().nullish(),
    externalId: z.boolean().nullish(),
    unique: z.boolean().nullish(),
    referenceTo: z.string().nullish(),
  }),
})

export async function toolingQuery(client: Client, soql: string, ctx: Ctx): Promise<Row[]> {
  const path = `/tooling/query?q=${encodeURIComponent(soql)}`
  return (await client.demand({ method: 'GET', path, route: '/tooling/query' }, toolingRows, ctx)).body.records
}

/** Fields of ours that are there and hidden from the user: a field that a program made is, until it is granted. */
async function unseenFields(
  client: Client,
  settings: Settings,
  seen: Map<string, FieldLook>,
  ctx: Ctx,
): Promise<Map<string, FieldLook>> {
  const found = new Map<string, FieldLook>()
  const wanted = orgFields(settings).filter(({ object, name }) => !seen.has(`${object}.${name}`))
  if (wanted.length === 0) return found
  const ids = (await unlessRefused(() => fieldIds(client, wanted, ctx))) ?? new Map<string, string>()
  for (const [path, id] of ids) {
    const call = {
      method: 'GET',
      path: `/tooling/sobjects/CustomField/${id}`,
      route: '/tooling/sobjects/CustomField/:id',
    } as const
    const { Metadata: m } = (await client.demand(call, fieldSchema, ctx)).body
    found.set(path, {
      type: m.type,
      length: m.length ?? 0,
      isKey: m.externalId === true && m.unique === true,
      refersTo: m.referenceTo == null ? [] : [m.referenceTo],
    })
  }
  return found
}

/** The ids of custom fields by `Object.Name__c`. */
export async function fieldIds(
  client: Client,
  wanted: { object: string; name: string }[],
  ctx: Ctx,
): Promise<Map<string, string>> {
  const names = [...new Set(wanted.map(({ name }) => name.replace(/__c$/, '')))]
  const soql = `SELECT Id, DeveloperName, EntityDefinition.QualifiedApiName FROM CustomField WHERE ${isOneOf('DeveloperName', names)}`
  const paths = new Map(wanted.map(({ object, name }) => [`${fieldsStandOn(object)}.${name}`, `${object}.${name}`]))
  return new Map(
    (await toolingQuery(client, soql, ctx)).flatMap((row) => {
      const on = textIn(childOf(row, 'EntityDefinition', 'QualifiedApiName')) ?? ''
      const path = paths.get(`${on}.${textIn(row.DeveloperName) ?? ''}__c`)
      const id = textIn(row.Id)
      return id !== null && path !== undefined ? [[path, id] as const] : []
    }),
  )
}

const ruleSchema = z.object({ Metadata: z.object({ active: z.boolean(), errorConditionFormula: z.string() }) })

async function rulesOf(client: Client, settings: Settings, ctx: Ctx): Promise<OrgLook['rules']> {
  const names = orgRules(settings).map(({ name }) => name)
  const soql = `SELECT Id, ValidationName FROM ValidationRule WHERE EntityDefinition.QualifiedApiName = 'Opportunity' AND ${isOneOf('ValidationName', names)}`
  const rules: OrgLook['rules'] = new Map()
  for (const row of (await unlessRefused(() => toolingQuery(client, soql, ctx))) ?? []) {
    const call = {
      method: 'GET',
      path: `/tooling/sobjects/ValidationRule/${textIn(row.Id) ?? ''}`,
      route: '/tooling/sobjects/ValidationRule/:id',
    } as const
    const { Metadata } = (await client.demand(call, ruleSchema, ctx)).body
    rules.set(textIn(row.ValidationName) ?? '', { isActive: Metadata.active, formula: Metadata.errorConditionFormula })
  }
  return rules
}

const viewSchema = z.object({
  visibility: z.string(),
  filteredByInfo: z
    .array(z.object({ fieldApiName: z.string(), operator: z.string(), operandLabels: z.array(z.string()) }))
    .nullish(),
})

async function viewsOf(client: Client, settings: Settings, ctx: Ctx): Promise<OrgLook['views']> {
  const views: OrgLook['views'] = new Map()
  const names = orgViews(settings).map(({ name }) => name)
  if (names.length === 0) return views
  const soql = `SELECT DeveloperName FROM ListView WHERE SobjectType = 'Opportunity' AND ${isOneOf('DeveloperName', names)}`
  for (const row of (await unlessRefused(() => allRows(client, soql, ctx, 'query'))) ?? []) {
    const name = textIn(row.DeveloperName) ?? ''
    const path = `/ui-api/list-info/Opportunity/${encodeURIComponent(name)}`
    const call = { method: 'GET', path, route: '/ui-api/list-info/:object/:name' } as const
    const { body } = await client.demand(call, viewSchema, ctx)
    const filters = (body.filteredByInfo ?? []).map((f) => ({
      field: f.fieldApiName,
      operator: f.operator,
      values: f.operandLabels,
    }))
    views.set(name, { filters, visibility: body.visibility })
  }
  return views
}

async function setOf(
  client: Client,
  { name, system }: OrgPermissionSet,
  userId: string,
  ctx: Ctx,
): Promise<Pick<OrgLook, 'set' | 'rights' | 'fieldRights'>> {
  const rights: OrgLook['rights'] = new Map()
  const fieldRights: OrgLook['fieldRights'] = new Map()
  const rows = (soql: string): Promise<Row[]> => allRows(client, soql, ctx, 'query')
  const sets = await unlessRefused(() =>
    rows(
      `SELECT Id, ${system.map((one) => `Permissions${one}`).join(', ')} FROM PermissionSet WHERE Name = ${quoted(name)}`,
    ),
  )
  const [row] = sets ?? []
  const id = textIn(row?.Id)
  if (row === undefined || id === null) return { set: null, rights, fieldRights }
  const parent = `ParentId = ${quoted(id)}`
  const columns = objectRights.map((right) => `Permissions${right}`).join(', ')
  for (const one of (await unlessRefused(() =>
    rows(`SELECT SobjectType, ${columns} FROM ObjectPermissions WHERE ${parent}`),
  )) ?? [])
    rights.set(
      textIn(one.SobjectType) ?? '',
      new Set(objectRights.filter((right) => one[`Permissions${right}`] === true)),
    )
  for (const one of (await unlessRefused(() =>
    rows(`SELECT Field, PermissionsRead, PermissionsEdit FROM FieldPermissions WHERE ${parent}`),
  )) ?? [])
    if (one.PermissionsRead === true)
      fieldRights.set(textIn(one.Field) ?? '', one.PermissionsEdit === true ? 'edit' : 'read')
  const assigned = await unlessRefused(() =>
    rows(
      `SELECT Id FROM PermissionSetAssignment WHERE PermissionSetId = ${quoted(id)} AND AssigneeId = ${quoted(userId)}`,
    ),
  )
  const has = new Set(system.filter((one) => row[`Permissions${one}`] === true))
  return { set: { id, system: has, isAssigned: (assigned ?? []).length > 0 }, rights, fieldRights }
}
