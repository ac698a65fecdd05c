/** What the fields of an object are, the derived ones included. HubSpot tells no lengths. */
import { z } from 'zod'
import type { Ctx, FieldSchema } from '../contract.ts'
import type { Api } from './api.ts'
import { derivedFields, isRecordObject } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { ownerFields } from './owners.ts'
import { roles } from './role-labels.ts'

const propertiesSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      label: z.string().nullish(),
      type: z.string(),
      options: z.array(z.object({ value: z.string() })).nullish(),
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
  const own = (await propertiesOfObject(api, object, ctx)).map((p) => fieldOf(object, p))
  return [
    ...own,
    ...derivedFields[object].map((name) => field(name, valuesOf[name] ?? null, writtenByLink(object, name))),
  ]
}

const valuesOf: Record<string, string[]> = { dealStatus: ['open', 'won', 'lost'], contactKind: ['partner', 'lead'] }

/** A contact's company is written as an association. */
const writtenByLink = (object: RecordObject, name: string) => object === 'contacts' && name === 'partnerCompanyId'

const required: Record<RecordObject, string[]> = {
  companies: [],
  contacts: [],
  deals: ['dealname', 'dealstage', 'pipeline'],
  leads: ['hs_lead_name'],
}

function field(name: string, values: string[] | null, writable: boolean): FieldSchema {
  return { name, label: name, type: values === null ? 'string' : 'enumeration', required: false, writable, values }
}

function fieldOf(object: RecordObject, p: Property): FieldSchema {
  const values = (p.options ?? []).map((o) => o.value)
  return {
    name: p.name,
    label: p.label ?? p.name,
    type: p.type,
    required: required[object].includes(p.name),
    writable: p.modificationMetadata?.readOnlyValue !== true,
    values: p.type === 'enumeration' && values.length > 0 ? values : null,
  }
}
