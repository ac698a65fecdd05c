/**
 * What the fields of an object are, the derived ones included. HubSpot tells lengths only where a rule sets one, and of its API nothing
 * that it demands of every record.
 */
import { z } from 'zod'
import type { Ctx, FieldSchema } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import type { Api } from './api.ts'
import { closeDateProperty, derivedOf, isRecordObject } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { ownerFields } from './owners.ts'
import { roles } from './role-labels.ts'
import { ruled, rulesOfObject } from './validations.ts'

const propertiesSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string().nullish(),
      type: z.string(),
      fieldType: z.string().nullish(),
      options: z.array(z.object({ value: z.string() })).nullish(),
      calculated: z.boolean().nullish(),
      hasUniqueValue: z.boolean().nullish(),
      modificationMetadata: z.object({ readOnlyValue: z.boolean().nullish() }).nullish(),
    }),
  ),
})
export type Property = z.output<typeof propertiesSchema>['results'][number]

export async function propertiesOfObject(api: Api, object: RecordObject, ctx: Ctx): Promise<Property[]> {
  const route = `GET /crm/v3/properties/${object}`
  const { data } = await api.call({ ctx, route, effect: 'read', schema: propertiesSchema, success: 200 }, (sdk) =>
    sdk.properties.getAll(object),
  )
  return data.results
}

export async function describeObject(api: Api, object: string, ctx: Ctx): Promise<FieldSchema[]> {
  if (object === 'owners')
    return ownerFields.map((name) => field(name, name === 'state' ? ['active', 'left'] : null, false))
  if (!isRecordObject(object)) {
    return ['dealId', 'companyId', 'accountCompanyId', 'partnerCompanyId', 'role'].map((name) => ({
      ...field(name, name === 'role' ? [...roles] : null, true),
      required: name === 'dealId' || name === 'role',
    }))
  }
  const rules = await rulesOfObject(api, object, ctx)
  const own = (await propertiesOfObject(api, object, ctx)).map((p) => ruled(fieldOf(object, p), rules.get(p.name)))
  const places = object === 'deals' ? await dealPlaces(api, ctx) : new Map<string, string[]>()
  return [
    ...own.map((one) => ({ ...one, values: places.get(one.name) ?? one.values })),
    ...derivedOf(object).map((name) => field(name, valuesOf[name] ?? null, writtenByLink(object, name))),
  ]
}

const pipelinesSchema = z.object({
  results: z.array(z.object({ id: z.string(), stages: z.array(z.object({ id: z.string() })) })),
})

/** Where a deal may stand, which the properties do not say: pipelines and the stages of all of them. */
async function dealPlaces(api: Api, ctx: Ctx): Promise<Map<string, string[]>> {
  try {
    const route = 'GET /crm/v3/pipelines/deals'
    const { data } = await api.call({ ctx, route, effect: 'read', schema: pipelinesSchema, success: 200 }, (sdk) =>
      sdk.pipelines.getAll('deals'),
    )
    return new Map([
      ['pipeline', data.results.map(({ id }) => id)],
      ['dealstage', data.results.flatMap(({ stages }) => stages.map(({ id }) => id))],
    ])
  } catch (error) {
    // Without the scope for pipelines the fields are described all the same, without values.
    if (error instanceof ConnectorError && error.fault.code === 'CW_VENDOR_SCOPE') return new Map()
    throw error
  }
}

const valuesOf: Record<string, string[]> = {
  dealStatus: ['open', 'won', 'lost'],
  contactKind: ['partner', 'lead'],
  taskState: ['open', 'done'],
}

/** A contact's company is written as an association, what a task is about too; its state is written as its status. */
const writtenByLink = (object: RecordObject, name: string) =>
  (object === 'contacts' && name === 'partnerCompanyId') || (object === 'tasks' && name !== 'changedByOwner')

const required: Partial<Record<RecordObject, string[]>> = {
  companies: [],
  contacts: [],
  // The pipeline and its first stage are put in where nobody says them.
  deals: ['dealname'],
  leads: ['hs_lead_name'],
  tasks: ['hs_timestamp'],
}

/** New deals begin where the settings say. */
const defaulted = ['dealstage', 'pipeline']

/** Enumerations whose values are other records, which no list of options names. */
const owner = 'hubspot_owner_id'

function field(name: string, values: string[] | null, writable: boolean): FieldSchema {
  const to = refersTo[name]
  return {
    name,
    label: name,
    type: values === null ? (to === undefined ? 'string' : 'reference') : 'enumeration',
    required: false,
    writable,
    values,
    restricted: values !== null,
    ...(to === undefined ? {} : { refersTo: to }),
  }
}

const refersTo: Record<string, string[]> = {
  parentCompanyId: ['companies'],
  partnerCompanyId: ['companies'],
  companyId: ['companies'],
  accountCompanyId: ['companies'],
  dealId: ['deals'],
  changedByOwner: ['owners'],
  decidedByOwner: ['owners'],
  extensionAskedByOwner: ['owners'],
}

function fieldOf(object: RecordObject, p: Property): FieldSchema {
  const values = (p.options ?? []).map((o) => o.value)
  return {
    name: p.name,
    label: p.label ?? p.name,
    // A deal's close date is a day to us; see `close-date.ts`.
    type: object === 'deals' && p.name === closeDateProperty ? 'date' : p.type,
    required: required[object]?.includes(p.name) === true,
    writable: p.modificationMetadata?.readOnlyValue !== true,
    values: p.type === 'enumeration' && values.length > 0 ? values : null,
    maxLength: null,
    computed: p.calculated === true,
    unique: p.hasUniqueValue === true,
    restricted: p.type === 'enumeration' && p.name !== owner,
    multiple: p.fieldType === 'checkbox',
    defaulted: object === 'deals' && defaulted.includes(p.name),
    ...(p.name === owner ? { refersTo: ['owners'] } : {}),
  }
}
