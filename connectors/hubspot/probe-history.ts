/** Whether HubSpot tells which user did something: nothing that a program writes can answer it, so records that people changed are looked at. */
import { FilterOperatorEnum as Operator } from '@hubspot/api-client/lib/codegen/crm/objects/index.js'
import { z } from 'zod'
import type { Ctx, Finding } from '../contract.ts'
import type { Api } from './api.ts'
import { historyBatch, historyOf, userIn } from './choosers.ts'
import { rowSchema } from './records.ts'

const looked = ['name', 'domain', 'hubspot_owner_id', 'lifecyclestage', 'city', 'country', 'phone', 'type']
const found = z.object({ results: z.array(rowSchema) })

export async function propertyHistory(api: Api, ctx: Ctx): Promise<Finding> {
  const users = await changedByUsers(api, ctx)
  const histories = await historyOf(api, 'companies', users, looked, ctx)
  const entries = [...histories.values()].flatMap((history) => Object.values(history).flat())
  if (entries.some((entry) => userIn(entry) !== null)) return { answer: 'yes', setting: { propertyDecider: 'history' } }
  if (users.length === 0) return { answer: 'not known: no company tells of a user who changed it last' }
  return { answer: 'no, but who changed a record last is told', setting: { propertyDecider: 'updated-by' } }
}

/** Companies that a user changed last. */
async function changedByUsers(api: Api, ctx: Ctx): Promise<{ id: string }[]> {
  const route = 'POST /crm/v3/objects/companies/search'
  const { data } = await api.call({ ctx, route, effect: 'read', schema: found, success: 200 }, (sdk) =>
    sdk.search.doSearch('companies', {
      filterGroups: [{ filters: [{ propertyName: 'hs_updated_by_user_id', operator: Operator.HasProperty }] }],
      sorts: ['hs_object_id'],
      properties: [],
      limit: historyBatch,
    }),
  )
  return data.results
}
