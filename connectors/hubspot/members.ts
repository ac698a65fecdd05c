/** Which companies a list (HubSpot calls it a segment too) holds. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, MembersPage, MembersQuery } from '../contract.ts'
import type { Api } from './api.ts'
import { typeIds } from './objects.ts'

/** As many as a page may have. */
const PAGE = 250

const listSchema = z.object({ list: z.object({ objectTypeId: z.string(), processingStatus: z.string().nullish() }) })
const pageSchema = z.object({
  results: z.array(z.object({ recordId: z.coerce.string() })),
  paging: z.object({ next: z.object({ after: z.string() }).nullish() }).nullish(),
})

export async function listMembers(api: Api, { list, cursor }: MembersQuery, ctx: Ctx): Promise<MembersPage> {
  if (cursor === null) await lookAt(api, list, ctx)
  const route = 'GET /crm/v3/lists/{id}/memberships'
  const { data } = await api.call({ ctx, route, effect: 'read', schema: pageSchema, success: 200 }, (sdk) =>
    sdk.memberships.getPage(list, cursor ?? undefined, undefined, PAGE),
  )
  return { ids: data.results.map(({ recordId }) => recordId), cursor: data.paging?.next?.after ?? null }
}

/** Ids of contacts and of companies are numbers alike, and a list that is being filled holds some of its members only. */
async function lookAt(api: Api, list: string, ctx: Ctx): Promise<void> {
  const route = 'GET /crm/v3/lists/{id}'
  const { data } = await api.call({ ctx, route, effect: 'read', schema: listSchema, success: 200 }, (sdk) =>
    sdk.lists.getById(list, false),
  )
  const { objectTypeId, processingStatus } = data.list
  if (objectTypeId !== typeIds.companies) throw incomplete('The list is of other records than companies')
  if (processingStatus !== null && processingStatus !== undefined && processingStatus !== 'COMPLETE')
    throw incomplete('HubSpot has not filled the list yet')
}

function incomplete(message: string): ConnectorError {
  return new ConnectorError(faultOf('CW_LIST_INCOMPLETE', message), 'no')
}
