/** Whether the account has all that this connection needs, and what its fields are. */
import { z } from 'zod'
import type { Ctx, Fault, FieldSchema } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Api } from './api.ts'
import { mappings } from './mappings.ts'
import { derivedDealFields, isRecordObject } from './objects.ts'
import type { RecordObject } from './objects.ts'
import type { PartyApi } from './parties.ts'
import type { Settings } from './settings.ts'

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
type Property = z.output<typeof propertiesSchema>['results'][number]

const pipelinesSchema = z.object({
  results: z.array(z.object({ id: z.string(), label: z.string(), stages: z.array(z.object({ id: z.string() })) })),
})
const anySchema = z.object({ results: z.array(z.unknown()) })

interface CheckDeps {
  api: Api
  parties: PartyApi
  settings: Settings
}

/** Every fault that it finds; a refused token ends it at once, for nothing else can be known. */
export async function checkAccount(deps: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  const faults: Fault[] = []
  const steps = [
    () => recordsReadable(deps, 'companies', ctx),
    () => recordsReadable(deps, 'deals', ctx),
    () => checkProperties(deps, 'companies', ctx),
    () => checkProperties(deps, 'deals', ctx),
    () => checkPipeline(deps, ctx),
    () => checkLabel(deps, ctx),
  ]
  for (const step of steps) {
    try {
      faults.push(...(await step()))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
      if (error.fault.code !== 'CW_VENDOR_SCOPE') break
    }
  }
  return faults
}

export async function describeObject(deps: CheckDeps, object: string, ctx: Ctx): Promise<FieldSchema[]> {
  if (!isRecordObject(object)) {
    return ['dealId', 'companyId', 'accountCompanyId', 'partnerCompanyId', 'role'].map((name) => ({
      name,
      label: name,
      type: name === 'role' ? 'enumeration' : 'string',
      required: name === 'dealId' || name === 'role',
      writable: true,
      values: name === 'role' ? ['customer', 'sourcing'] : null,
    }))
  }
  const own = (await propertiesOf(deps, object, ctx)).map((p) => fieldOf(object, p))
  const derived = object === 'deals' ? derivedDealFields : []
  return [
    ...own,
    ...derived.map((name) => ({
      name,
      label: name,
      type: name === 'dealStatus' ? 'enumeration' : 'string',
      required: false,
      writable: false,
      values: name === 'dealStatus' ? ['open', 'won', 'lost'] : null,
    })),
  ]
}

const required: Record<RecordObject, string[]> = { companies: [], deals: ['dealname', 'dealstage', 'pipeline'] }

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

async function propertiesOf({ api }: CheckDeps, object: RecordObject, ctx: Ctx): Promise<Property[]> {
  const route = `GET /crm/v3/properties/${object}`
  const { data } = await api.call({ ctx, route, effect: 'read', schema: propertiesSchema, success: 200 }, (sdk) =>
    sdk.properties.getAll(object),
  )
  return data.results
}

async function recordsReadable({ api }: CheckDeps, object: RecordObject, ctx: Ctx): Promise<Fault[]> {
  const route = `GET /crm/v3/objects/${object}`
  await api.call({ ctx, route, effect: 'read', schema: anySchema, success: 200 }, (sdk) => sdk.basic.getPage(object, 1))
  return []
}

/** Every property that the default mapping names exists, the key is unique, and what is written can be. */
async function checkProperties(deps: CheckDeps, object: RecordObject, ctx: Ctx): Promise<Fault[]> {
  const known = new Map((await propertiesOf(deps, object, ctx)).map((p) => [p.name, p]))
  const derived: readonly string[] = derivedDealFields
  const fields = mappings(deps.settings).flatMap((m) => (m.object === object ? m.fields : []))
  const named = new Map(fields.map((f) => [f.path, f.create !== 'in' || f.update !== 'in']))
  const key = deps.settings.properties.key
  named.set(key, true)
  const faults: Fault[] = []
  for (const [name, written] of named) {
    if (derived.includes(name)) continue
    const property = known.get(name)
    if (property === undefined) faults.push(lacking(`HubSpot has no property ${name} on ${object}`, name))
    else if (written && property.modificationMetadata?.readOnlyValue === true) {
      faults.push(lacking(`HubSpot’s property ${name} on ${object} cannot be written`, name))
    } else if (name === key && property.hasUniqueValue !== true) {
      faults.push(
        lacking(
          `HubSpot’s property ${name} on ${object} is not unique; uniqueness is set when a property is made`,
          name,
        ),
      )
    }
  }
  return faults
}

async function checkPipeline({ api, settings }: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  const route = 'GET /crm/v3/pipelines/deals'
  const { data } = await api.call({ ctx, route, effect: 'read', schema: pipelinesSchema, success: 200 }, (sdk) =>
    sdk.pipelines.getAll('deals'),
  )
  const pipeline = data.results.find((p) => p.id === settings.pipeline)
  if (pipeline === undefined) return [lacking(`HubSpot has no deal pipeline ${settings.pipeline}`, 'pipeline')]
  if (pipeline.stages.some((s) => s.id === settings.openStage)) return []
  return [lacking(`HubSpot’s pipeline ${settings.pipeline} has no stage ${settings.openStage}`, 'dealstage')]
}

async function checkLabel({ parties, settings }: CheckDeps, ctx: Ctx): Promise<Fault[]> {
  if ((await parties.labelId(ctx)) !== null) return []
  return [lacking(`HubSpot has no association label "${settings.partnerLabel}" from deals to companies`, 'role')]
}

function lacking(message: string, field: string): Fault {
  return faultOf('CW_CONFIG_INVALID', message, { fields: [field], scope: 'connection' })
}
