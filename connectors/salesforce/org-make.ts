/** The calls that set an org up. Each makes one thing, and says so when another made it meanwhile. */
import { z } from 'zod'
import { faultOf } from '../contract.ts'
import type { Ctx, Making } from '../contract.ts'
import type { Call, Client } from './client.ts'
import { fieldIds, toolingQuery, unlessRefused, whoami } from './org-look.ts'
import { fieldsStandOn, objectRights } from './org-set-up.ts'
import type { OrgField, OrgGrant, OrgPermissionSet, OrgRule, OrgValue, OrgView } from './org-set-up.ts'
import { allRows } from './read.ts'
import { faultFrom } from './refusal.ts'
import type { Problem } from './refusal.ts'
import { quoted } from './soql.ts'

/** A set-up is slower than a record: a field alone can take some seconds. */
const deadlineMs = 60_000

/** The platform's ways to say that it is there already. */
const taken = new Set(['DUPLICATE_DEVELOPER_NAME', 'DUPLICATE_VALUE'])
/** And that the user may not. */
const barred = new Set([
  'INSUFFICIENT_ACCESS',
  'INSUFFICIENT_ACCESS_OR_READONLY',
  'INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY',
  'CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY',
  'INVALID_TYPE',
])

type Post = Omit<Call, 'effect' | 'deadlineMs'>

async function send(client: Client, call: Post, ctx: Ctx): Promise<Making> {
  const answer = await client.call({ ...call, effect: 'write', expects: 'nothing', deadlineMs }, ctx)
  return answer.ok ? 'made' : refusal(answer.problems)
}

/** Why it was not made; a set-up has no record to park, so that what is refused is told of the connection. */
function refusal(problems: Problem[]): Making {
  if (problems.length > 0 && problems.every(({ code }) => taken.has(code))) return 'there'
  const { fault } = faultFrom(problems)
  if (problems.some(({ code }) => barred.has(code))) return { ...fault, code: 'CW_VENDOR_SCOPE', scope: 'connection' }
  return fault.code === 'CW_RECORD_INVALID' ? { ...fault, code: 'CW_PROVISION_REFUSED', scope: 'connection' } : fault
}

export function makeField(client: Client, { object, name, label, why, kind }: OrgField, ctx: Ctx): Promise<Making> {
  const Metadata = { label, description: `Causeway: ${why}`, ...metadataOf(kind) }
  const body = { FullName: `${fieldsStandOn(object)}.${name}`, Metadata }
  return send(client, post('/tooling/sobjects/CustomField', body), ctx)
}

function metadataOf(kind: OrgField['kind']): Record<string, unknown> {
  switch (kind.type) {
    case 'Text':
      return {
        type: 'Text',
        length: kind.length,
        ...(kind.isKey === true ? { externalId: true, unique: true, caseSensitive: false } : {}),
      }
    case 'DateTime':
      return { type: 'DateTime' }
    case 'Currency':
      return { type: 'Currency', precision: 18, scale: 2 }
    case 'Checkbox':
      return { type: 'Checkbox', defaultValue: 'false' }
    case 'Lookup':
      return {
        type: 'Lookup',
        referenceTo: kind.to,
        relationshipName: kind.children,
        relationshipLabel: kind.children.replaceAll('_', ' '),
        deleteConstraint: 'SetNull',
      }
    case 'Picklist':
      return {
        type: 'Picklist',
        valueSet: {
          restricted: true,
          valueSetDefinition: {
            sorted: false,
            value: kind.values.map((value) => ({ valueName: value, label: value, default: value === kind.usual })),
          },
        },
      }
  }
}

const listed = z.looseObject({ valueName: z.string() })
const picklistSchema = z.looseObject({
  valueSet: z.looseObject({ valueSetDefinition: z.looseObject({ value: z.array(listed) }) }),
})
const metadataSchema = z.object({ Metadata: picklistSchema })

/** Adds a value to a picklist of ours, and leaves all that is there. */
export async function addOwnValue(client: Client, field: OrgField, value: string, ctx: Ctx): Promise<Making> {
  const id = (await fieldIds(client, [field], ctx)).get(`${field.object}.${field.name}`)
  if (id === undefined) return unfit(`${field.object}.${field.name} is no custom field with values of its own`)
  const at = { path: `/tooling/sobjects/CustomField/${id}`, route: '/tooling/sobjects/CustomField/:id' }
  const { Metadata } = (await client.demand({ method: 'GET', ...at }, metadataSchema, ctx)).body
  const { valueSet } = Metadata
  const { value: values } = valueSet.valueSetDefinition
  if (values.some(({ valueName }) => valueName === value)) return 'there'
  const longer = [...values, { valueName: value, label: value, default: false }]
  const changed = {
    ...Metadata,
    valueSet: { ...valueSet, valueSetDefinition: { ...valueSet.valueSetDefinition, value: longer } },
  }
  return send(client, { method: 'PATCH', ...at, body: { Metadata: changed } }, ctx)
}

const standardSchema = z.object({
  attributes: z.object({ url: z.string() }),
  Metadata: z.looseObject({ standardValue: z.array(listed) }),
})

/** Adds a value to a picklist of the platform's, and leaves all that is there. */
export async function addStandardValue(client: Client, { set, value }: OrgValue, ctx: Ctx): Promise<Making> {
  const soql = `SELECT MasterLabel, Metadata FROM StandardValueSet WHERE MasterLabel = ${quoted(set)}`
  const rows = await unlessRefused(() => toolingQuery(client, soql, ctx))
  if (rows === null)
    return refusal([{ code: 'INSUFFICIENT_ACCESS', message: `${set} is not shown`, fields: [], existingIds: [] }])
  const found = standardSchema.safeParse(rows[0])
  if (!found.success) return unfit(`The org tells nothing of the picklist ${set}`)
  const { attributes, Metadata } = found.data
  if (Metadata.standardValue.some(({ valueName }) => valueName === value)) return 'there'
  const body = {
    Metadata: {
      ...Metadata,
      standardValue: [...Metadata.standardValue, { valueName: value, label: value, default: false }],
    },
  }
  const path = attributes.url.startsWith(client.base) ? attributes.url.slice(client.base.length) : attributes.url
  return send(client, { method: 'PATCH', path, route: '/tooling/sobjects/StandardValueSet/:name', body }, ctx)
}

export function makeRule(client: Client, { name, formula, message, display, why }: OrgRule, ctx: Ctx): Promise<Making> {
  const Metadata = {
    active: true,
    description: `Causeway: ${why}`,
    errorConditionFormula: formula,
    errorMessage: message,
    errorDisplayField: display,
  }
  return send(client, post('/tooling/sobjects/ValidationRule', { FullName: `Opportunity.${name}`, Metadata }), ctx)
}

export function makeView(client: Client, { name, label, columns, filters }: OrgView, ctx: Ctx): Promise<Making> {
  const body = {
    listViewApiName: name,
    label,
    visibility: 'Public',
    displayColumns: columns,
    filteredByInfo: filters.map(({ field, values }) => ({
      fieldApiName: field,
      operator: 'Equals',
      operandLabels: values,
    })),
  }
  const path = '/ui-api/list-info/Opportunity'
  return send(client, { method: 'POST', path, route: '/ui-api/list-info/:object', body }, ctx)
}

export function makeSet(
  client: Client,
  { name, label, description, system }: OrgPermissionSet,
  ctx: Ctx,
): Promise<Making> {
  const permissions = Object.fromEntries(system.map((one) => [`Permissions${one}`, true]))
  return record(client, 'PermissionSet', { Name: name, Label: label, Description: description, ...permissions }, ctx)
}

export async function assignSet(client: Client, name: string, ctx: Ctx): Promise<Making> {
  const id = await setId(client, name, ctx)
  if (id === null) return unfit(`There is no permission set ${name}`)
  const AssigneeId = await whoami(client, ctx)
  return record(client, 'PermissionSetAssignment', { AssigneeId, PermissionSetId: id }, ctx)
}

/** The object with its standard fields: what is granted already is left. */
export async function grantObject(client: Client, set: string, grant: OrgGrant, ctx: Ctx): Promise<Making> {
  const id = await setId(client, set, ctx)
  if (id === null) return unfit(`There is no permission set ${set}`)
  const rights = Object.fromEntries(objectRights.map((right) => [`Permissions${right}`, grant.rights.includes(right)]))
  const made: Making[] =
    grant.rights.length === 0
      ? []
      : [await record(client, 'ObjectPermissions', { ParentId: id, SobjectType: grant.object, ...rights }, ctx)]
  for (const [field, right] of grant.fields)
    if (!field.endsWith('__c')) made.push(await grantField(client, id, grant.object, field, right, ctx))
  return made.find((one) => typeof one !== 'string') ?? (made.includes('made') ? 'made' : 'there')
}

export async function grantOwnField(
  client: Client,
  set: string,
  { object, name }: OrgField,
  right: 'read' | 'edit',
  ctx: Ctx,
): Promise<Making> {
  const id = await setId(client, set, ctx)
  return id === null ? unfit(`There is no permission set ${set}`) : grantField(client, id, object, name, right, ctx)
}

function grantField(
  client: Client,
  ParentId: string,
  object: string,
  field: string,
  right: 'read' | 'edit',
  ctx: Ctx,
): Promise<Making> {
  const given = { PermissionsRead: true, PermissionsEdit: right === 'edit' }
  return record(
    client,
    'FieldPermissions',
    { ParentId, SobjectType: object, Field: `${object}.${field}`, ...given },
    ctx,
  )
}

async function setId(client: Client, name: string, ctx: Ctx): Promise<string | null> {
  const soql = `SELECT Id FROM PermissionSet WHERE Name = ${quoted(name)}`
  const rows = await unlessRefused(() => allRows(client, soql, ctx, 'query'))
  return typeof rows?.[0]?.Id === 'string' ? rows[0].Id : null
}

function record(client: Client, object: string, fields: Record<string, unknown>, ctx: Ctx): Promise<Making> {
  return send(client, { method: 'POST', path: `/sobjects/${object}`, route: '/sobjects/:object', body: fields }, ctx)
}

function post(path: string, body: unknown): Post {
  return { method: 'POST', path, route: path, body }
}

function unfit(message: string): Making {
  return faultOf('CW_PROVISION_REFUSED', message, { scope: 'connection' })
}
