/** The account as a plan reads it: each thing once, and only when a step asks for it. */
import { z } from 'zod'
import type { Ctx } from '../../contract.ts'
import { ConnectorError } from '../../contract.ts'
import type { Api } from '../api.ts'
import { typeIds } from '../objects.ts'
import type { RecordObject } from '../objects.ts'
import { labelsBetween } from '../role-labels.ts'

const propertySchema = z.object({
  name: z.string(),
  label: z.string().nullish(),
  type: z.string(),
  fieldType: z.string().nullish(),
  hasUniqueValue: z.boolean().nullish(),
  hubspotDefined: z.boolean().nullish(),
  externalOptions: z.boolean().nullish(),
  options: z
    .array(
      z.object({
        value: z.string(),
        label: z.string(),
        displayOrder: z.number().nullish(),
        hidden: z.boolean().nullish(),
        description: z.string().nullish(),
      }),
    )
    .nullish(),
  modificationMetadata: z
    .object({ readOnlyValue: z.boolean().nullish(), readOnlyOptions: z.boolean().nullish() })
    .nullish(),
})
export type AccountProperty = z.output<typeof propertySchema>

const stageSchema = z.object({ id: z.string(), label: z.string() })
const pipelineSchema = z.object({ id: z.string(), label: z.string(), stages: z.array(stageSchema) })
export type AccountPipeline = z.output<typeof pipelineSchema>

/** HubSpot's own shape of filters is deep and wide; what matters is which properties and labels it names. */
const listSchema = z.object({ list: z.object({ processingType: z.string(), filterBranch: z.unknown().optional() }) })
export type AccountList = z.output<typeof listSchema>['list']

const groupsSchema = z.object({ results: z.array(z.object({ name: z.string() })) })

export interface Account {
  api: Api
  ctx: Ctx
  groups(object: RecordObject): Promise<ReadonlySet<string>>
  properties(object: RecordObject): Promise<ReadonlyMap<string, AccountProperty>>
  pipelines(): Promise<AccountPipeline[]>
  /** The labels between deals and companies, by name, seen from either side. */
  labels(from: 'deals' | 'companies'): Promise<ReadonlyMap<string, number>>
  /** Null: there is no list of deals of this name. */
  list(name: string): Promise<AccountList | null>
}

export function lookAtAccount(api: Api, ctx: Ctx): Account {
  const pipelines = once<undefined, AccountPipeline[]>(() => readPipelines(api, ctx))
  return {
    api,
    ctx,
    pipelines: () => pipelines(undefined),
    groups: once(async (object: RecordObject) => {
      const route = `GET /crm/v3/properties/${object}/groups`
      const { data } = await api.call({ ctx, route, effect: 'read', schema: groupsSchema, success: 200 }, (sdk) =>
        sdk.propertyGroups.getAll(object),
      )
      return new Set(data.results.map(({ name }) => name))
    }),
    properties: once(async (object: RecordObject) => {
      const route = `GET /crm/v3/properties/${object}`
      const schema = z.object({ results: z.array(propertySchema) })
      const { data } = await api.call({ ctx, route, effect: 'read', schema, success: 200 }, (sdk) =>
        sdk.properties.getAll(object),
      )
      return new Map(data.results.map((property) => [property.name, property]))
    }),
    labels: once(async (from: 'deals' | 'companies') => {
      const own = await labelsBetween(api, from, from === 'deals' ? 'companies' : 'deals', ctx)
      return new Map(own.flatMap(({ label, typeId }) => (typeof label === 'string' ? [[label, typeId] as const] : [])))
    }),
    list: once((name: string) => readList(api, name, ctx)),
  }
}

/** A refusal is remembered as well: it would be the same again. */
function once<K, T>(read: (key: K) => Promise<T>): (key: K) => Promise<T> {
  const seen = new Map<K, Promise<T>>()
  return (key) => {
    const reading = seen.get(key) ?? read(key)
    seen.set(key, reading)
    return reading
  }
}

async function readList(api: Api, name: string, ctx: Ctx): Promise<AccountList | null> {
  const route = 'GET /crm/v3/lists/object-type-id/{id}/name/{name}'
  try {
    const { data } = await api.call({ ctx, route, effect: 'read', schema: listSchema, success: 200 }, (sdk) =>
      sdk.lists.getByName(name, typeIds.deals, true),
    )
    return data.list
  } catch (error) {
    if (error instanceof ConnectorError && error.fault.code === 'CW_RECORD_GONE') return null
    throw error
  }
}

/** The deal pipelines that are in use, with their stages. */
export async function readPipelines(api: Api, ctx: Ctx): Promise<AccountPipeline[]> {
  const route = 'GET /crm/v3/pipelines/deals'
  const schema = z.object({ results: z.array(pipelineSchema) })
  const { data } = await api.call({ ctx, route, effect: 'read', schema, success: 200 }, (sdk) =>
    sdk.pipelines.getAll('deals'),
  )
  return data.results
}
