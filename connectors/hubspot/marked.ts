/** Records made to be tried with: marked by their names, and archived whatever comes. */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Ctx } from '../contract.ts'
import type { Api } from './api.ts'
import { AssociationTypes, Category, createLinks } from './associations.ts'
import { propertiesFor, rowSchema } from './records.ts'
import type { DealStart } from './deal-start.ts'
import type { Row } from './records.ts'
import { archiveRecords } from './remove.ts'
import type { Settings } from './settings.ts'

const mark = 'Causeway certify'
const cleanUpMs = 20_000

export interface ProbeDeps {
  api: Api
  settings: Settings
  start: DealStart
}

export interface Marked {
  ctx: Ctx
  /** Makes a company or a deal with a key of its own. `echoed`: whether the answer names the trace id. */
  make: (object: Tried, more?: Record<string, string>) => Promise<{ row: Row; key: string; echoed: boolean }>
  read: (object: Tried, id: string) => Promise<Row>
  /** Answers with all that came. */
  update: (object: Tried, id: string, properties: Record<string, string>) => Promise<Row>
  /** The plain association, without a label. */
  link: (dealId: string, companyId: string, times?: number) => Promise<void>
  /** Of two companies. */
  merge: (primaryId: string, otherId: string) => Promise<Row>
}

type Tried = 'companies' | 'deals'

const tracedSchema = z.object({ results: z.array(rowSchema.extend({ objectWriteTraceId: z.string().nullish() })) })
const rowsSchema = z.object({ results: z.array(rowSchema) })

/** Runs a trial and archives what it made, also when it fails or its time is up. */
export async function withMarked<T>(
  { api, settings, start }: ProbeDeps,
  ctx: Ctx,
  run: (marked: Marked) => Promise<T>,
): Promise<T> {
  const made = new Map<Tried, Set<string>>([
    ['deals', new Set()],
    ['companies', new Set()],
  ])
  const key = settings.properties.key
  const marked: Marked = {
    ctx,
    async make(object, more = {}) {
      const value = `causeway-certify-${randomUUID()}`
      const name = `${mark} ${value.slice(-12)}`
      const own = object === 'deals' ? { dealname: name, ...(await start.find(ctx)) } : { name }
      const properties: Record<string, string> = { ...own, [key]: value, ...more }
      const route = `POST /crm/v3/objects/${object}/batch/create`
      const call = { ctx, route, effect: 'write', schema: tracedSchema, success: 201 } as const
      const { data } = await api.call(call, (sdk) =>
        sdk.batch.create(object, { inputs: [{ properties, associations: [], objectWriteTraceId: 'probe' }] }),
      )
      const [row] = data.results
      if (row === undefined) throw new TypeError(`HubSpot made no ${object}`)
      made.get(object)?.add(row.id)
      return { row, key: properties[key] ?? value, echoed: typeof row.objectWriteTraceId === 'string' }
    },
    async read(object, id) {
      const route = `GET /crm/v3/objects/${object}/{id}`
      const properties = propertiesFor(object, [], settings)
      const { data } = await api.call({ ctx, route, effect: 'read', schema: rowSchema, success: 200 }, (sdk) =>
        sdk.basic.getById(object, id, properties),
      )
      return data
    },
    async update(object, id, properties) {
      const route = `POST /crm/v3/objects/${object}/batch/update`
      const { data } = await api.call({ ctx, route, effect: 'write', schema: rowsSchema, success: 200 }, (sdk) =>
        sdk.batch.update(object, { inputs: [{ id, properties }] }),
      )
      return data.results[0] ?? { id, properties: {} }
    },
    async link(dealId, companyId, times = 1) {
      const types = [
        { associationCategory: Category.HubspotDefined, associationTypeId: AssociationTypes.dealToCompany },
      ]
      const pairs = Array.from({ length: times }, () => ({ from: dealId, to: companyId, types }))
      await createLinks(api, 'deals', 'companies', pairs, ctx)
    },
    async merge(primaryObjectId, objectIdToMerge) {
      const route = 'POST /crm/v3/objects/companies/merge'
      const call = { ctx, route, effect: 'write', schema: rowSchema, success: 200 } as const
      const { data } = await api.call(call, (sdk) => sdk.companies.merge({ primaryObjectId, objectIdToMerge }))
      made.get('companies')?.add(data.id)
      // The answer may carry few properties: what the merge left is read.
      return marked.read('companies', data.id)
    },
  }
  try {
    return await run(marked)
  } finally {
    const late: Ctx = { ...ctx, signal: AbortSignal.timeout(cleanUpMs) }
    for (const [object, ids] of made) await archiveRecords(api, object, [...ids], late)
  }
}
