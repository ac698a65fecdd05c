/**
 * What the account's limits leave for the steps of a plan, as HubSpot's limits tracking tells it. Some limits it tells on some plans
 * only, and none without a scope: what it hides is said to be unknown and fails nothing.
 */
import { z } from 'zod'
import type { Headroom, ProvisionStep } from '../../contract.ts'
import { ConnectorError } from '../../contract.ts'
import { isRecordObject, keyOf, typeIdOf, typeIds } from '../objects.ts'
import type { RecordObject } from '../objects.ts'
import type { Settings } from '../settings.ts'
import type { Account } from './account.ts'
import { fieldId } from './properties.ts'

const rowSchema = z.object({ objectTypeId: z.string(), limit: z.number(), usage: z.number() })
const propertiesSchema = z.object({
  byObjectType: z.array(rowSchema),
  overallLimit: z.number().nullish(),
  overallUsage: z.number().nullish(),
})
const pipelinesSchema = z.object({ hubspotDefinedObjectTypes: z.array(rowSchema) })
const typeSchema = z.object({ objectTypeId: z.string() })
const labelsSchema = z.object({
  results: z.array(
    z.object({ fromObjectType: typeSchema, toObjectType: typeSchema, limit: z.number(), usage: z.number() }),
  ),
})

/** An answer, or why there is none. */
type Told<T> = { told: T } | { unsure: string }
type Usage = Pick<z.output<typeof rowSchema>, 'limit' | 'usage'>

export async function headroomFor(
  account: Account,
  settings: Settings,
  missing: readonly ProvisionStep[],
): Promise<Headroom[]> {
  // What a missing scope hides may be there.
  const steps = missing.filter(({ found }) => found === undefined)
  return [
    ...(await ofProperties(account, steps)),
    ...(await ofUniqueProperties(account, settings, steps)),
    ...(await ofPipelines(account, steps)),
    ...(await ofLabels(account, steps)),
  ]
}

async function ofProperties(account: Account, steps: readonly ProvisionStep[]): Promise<Headroom[]> {
  const needs = new Map<string, number>()
  for (const { what, object } of steps) if (what === 'field') needs.set(object, (needs.get(object) ?? 0) + 1)
  if (needs.size === 0) return []
  const answer = await ask(account, 'custom-properties', propertiesSchema)
  const each = [...needs].map(([object, count]) => {
    const id = isRecordObject(object) ? typeIdOf(object) : object
    return headroom(
      `custom properties of ${object}`,
      count,
      rowOf(answer, ({ byObjectType }) => byObjectType.filter(({ objectTypeId }) => objectTypeId === id)),
    )
  })
  if (!('told' in answer)) return each
  const { overallLimit, overallUsage } = answer.told
  if (typeof overallLimit !== 'number' || typeof overallUsage !== 'number') return each
  const all = [...needs.values()].reduce((sum, count) => sum + count, 0)
  return [
    ...each,
    headroom('custom properties of all objects', all, { told: { limit: overallLimit, usage: overallUsage } }),
  ]
}

/** HubSpot's own figure. No answer tells what the account may have, so nothing is refused for it. */
const uniqueAtMost = 10

async function ofUniqueProperties(
  account: Account,
  settings: Settings,
  steps: readonly ProvisionStep[],
): Promise<Headroom[]> {
  const objects = steps.map(({ object }) => object).filter(isRecordObject)
  const lacking = [...new Set(objects)].filter((object) =>
    steps.some(({ id }) => id === fieldId(object, keyOf(settings, object))),
  )
  return Promise.all(
    lacking.map(async (object) => {
      const answer = await attempt(() => uniqueOf(account, object))
      const unsure = `${uniqueAtMost} is what HubSpot documents; it does not tell the account’s limit`
      const found = headroom(`properties with unique values of ${object}`, 1, answer)
      return { ...found, unsure: found.unsure ?? unsure }
    }),
  )
}

async function uniqueOf(account: Account, object: RecordObject): Promise<Usage> {
  const own = [...(await account.properties(object)).values()].filter(({ hubspotDefined }) => hubspotDefined !== true)
  return { limit: uniqueAtMost, usage: own.filter(({ hasUniqueValue }) => hasUniqueValue === true).length }
}

async function ofPipelines(account: Account, steps: readonly ProvisionStep[]): Promise<Headroom[]> {
  const needs = steps.filter(({ what }) => what === 'pipeline').length
  if (needs === 0) return []
  const answer = await ask(account, 'pipelines', pipelinesSchema)
  const row = rowOf(answer, ({ hubspotDefinedObjectTypes: rows }) =>
    rows.filter(({ objectTypeId }) => objectTypeId === typeIds.deals),
  )
  return [headroom('deal pipelines', needs, row)]
}

/** A pair of labels is one in each direction. */
async function ofLabels(account: Account, steps: readonly ProvisionStep[]): Promise<Headroom[]> {
  const needs = steps.filter(({ what }) => what === 'association-label').length
  if (needs === 0) return []
  const pair = [typeIds.deals, typeIds.companies].toSorted()
  const query = { fromObjectTypeId: typeIds.deals, toObjectTypeId: typeIds.companies }
  const answer = await ask(account, 'associations/labels', labelsSchema, query)
  const row = rowOf(answer, ({ results }) =>
    results.filter(({ fromObjectType: from, toObjectType: to }) =>
      [from.objectTypeId, to.objectTypeId].toSorted().every((id, index) => id === pair[index]),
    ),
  )
  return [headroom('labels between deals and companies', needs, row)]
}

function headroom(of: string, needs: number, answer: Told<Usage>): Headroom {
  if ('unsure' in answer) return { of, needs, limit: null, used: null, unsure: answer.unsure }
  return { of, needs, limit: answer.told.limit, used: answer.told.usage, unsure: null }
}

/** The row that leaves least. */
function rowOf<T>(answer: Told<T>, pick: (told: T) => Usage[]): Told<Usage> {
  if ('unsure' in answer) return answer
  const [row] = pick(answer.told).toSorted((a, b) => a.limit - a.usage - (b.limit - b.usage))
  return row === undefined ? { unsure: 'HubSpot’s answer does not name it' } : { told: row }
}

function ask<T>(
  { api, ctx }: Account,
  what: string,
  schema: z.ZodType<T>,
  query: Record<string, string> = {},
): Promise<Told<T>> {
  const path = `/crm/limits/2026-09/${what}`
  const call = { ctx, route: `GET ${path}`, effect: 'read', schema, success: 200 } as const
  return attempt(async () => (await api.call(call, (sdk) => sdk.get(path, query))).data)
}

/** What holds for the whole connection, such as a refused token, is no answer of this question. */
async function attempt<T>(read: () => Promise<T>): Promise<Told<T>> {
  try {
    return { told: await read() }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { code, scope, message } = error.fault
    if (scope === 'connection' && code !== 'CW_VENDOR_SCOPE') throw error
    return { unsure: `HubSpot does not tell: ${message}` }
  }
}
