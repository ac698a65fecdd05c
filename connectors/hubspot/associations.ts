/** Associations between records: read for many at once, made and taken away by their types. HubSpot's own type ids are the SDK's. */
import { AssociationTypes } from '@hubspot/api-client'
import { AssociationSpecAssociationCategoryEnum as Category } from '@hubspot/api-client/lib/codegen/crm/associations/v4/index.js'
import { z } from 'zod'
import type { Ctx } from '../contract.ts'
import type { Api } from './api.ts'
import { errorSchema } from './faults.ts'
import type { VendorError } from './faults.ts'
import type { RecordObject } from './objects.ts'
import type { Settings } from './settings.ts'

export { AssociationTypes, Category }

export interface Linked {
  id: string
  typeIds: number[]
}

export interface Pair {
  from: string
  to: string
  types: { associationCategory: Category; associationTypeId: number }[]
}

export const pairKey = (from: string, to: string) => `${from}:${to}`

const idSchema = z.union([z.string(), z.number()]).transform(String)
const readSchema = z.object({
  results: z.array(
    z.object({
      from: z.object({ id: idSchema }),
      to: z.array(z.object({ toObjectId: idSchema, associationTypes: z.array(z.object({ typeId: z.number() })) })),
      paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
    }),
  ),
})
const createSchema = z.object({
  results: z.array(z.object({ fromObjectId: idSchema, toObjectId: idSchema })),
  errors: z.array(errorSchema).nullish(),
})

/**
 * What each record is linked with, by its id; one that is not in the answer has no links. A request for each
 * `associationReadBatch` records, and more only for those with more links than a page holds.
 */
export async function readLinks(
  { api, settings }: { api: Api; settings: Settings },
  from: RecordObject,
  to: RecordObject,
  ids: string[],
  ctx: Ctx,
): Promise<Map<string, Linked[]>> {
  const found = new Map<string, Linked[]>()
  const route = `POST /crm/v4/associations/${from}/${to}/batch/read`
  let open: { id: string; after?: string }[] = [...new Set(ids)].map((id) => ({ id }))
  while (open.length > 0) {
    const inputs = open.slice(0, settings.associationReadBatch)
    // A 207 names the records without links among its errors; that and their absence from a 200 mean the same.
    const { data } = await api.call({ ctx, route, effect: 'read', schema: readSchema, success: 200 }, (sdk) =>
      sdk.associations.getPage(from, to, { inputs }),
    )
    open = open.slice(inputs.length)
    for (const row of data.results) {
      const links = row.to.map((t) => ({ id: t.toObjectId, typeIds: t.associationTypes.map((a) => a.typeId) }))
      found.set(row.from.id, [...(found.get(row.from.id) ?? []), ...links])
      const after = row.paging?.next?.after
      if (after !== undefined) open.push({ id: row.from.id, after })
    }
  }
  return found
}

/** One request. Answers the pairs that were made and what HubSpot says of the others, without saying which of them. */
export async function createLinks(
  api: Api,
  from: RecordObject,
  to: RecordObject,
  pairs: Pair[],
  ctx: Ctx,
): Promise<{ made: Set<string>; errors: VendorError[] }> {
  const route = `POST /crm/v4/associations/${from}/${to}/batch/create`
  const { data } = await api.call({ ctx, route, effect: 'write', schema: createSchema, success: 201 }, (sdk) =>
    sdk.associations.create(from, to, { inputs: pairs.map(inputOf) }),
  )
  return { made: new Set(data.results.map((r) => pairKey(r.fromObjectId, r.toObjectId))), errors: data.errors ?? [] }
}

/** Takes the given types from the pairs and leaves whatever else links them. */
export async function archiveTypes(
  api: Api,
  from: RecordObject,
  to: RecordObject,
  pairs: Pair[],
  ctx: Ctx,
): Promise<void> {
  const route = `POST /crm/v4/associations/${from}/${to}/batch/labels/archive`
  await api.call({ ctx, route, effect: 'write', schema: z.unknown(), success: 204 }, (sdk) =>
    sdk.associations.archiveLabels(from, to, { inputs: pairs.map(inputOf) }),
  )
}

const inputOf = ({ from, to, types }: Pair) => ({ _from: { id: from }, to: { id: to }, types })
