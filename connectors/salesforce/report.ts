/** Which accounts a report holds, by the Reports and Dashboards API. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, MembersPage, MembersQuery } from '../contract.ts'
import type { Client } from './client.ts'
import { longId } from './ids.ts'

/** What ids of accounts begin with, in every org. */
const ACCOUNT = '001'

/** A report's id, as its address and this API take it. */
const reportId = /^00O[0-9A-Za-z]{12}(?:[0-9A-Za-z]{3})?$/

/** Rows stand under the innermost of the report's groups; without groups under one for all. */
const resultsSchema = z.object({
  allData: z.boolean(),
  hasDetailRows: z.boolean(),
  factMap: z.record(
    z.string(),
    z.object({ rows: z.array(z.object({ dataCells: z.array(z.object({ value: z.unknown() })) })).nullish() }),
  ),
})

/** The whole of it in one page: the API tells 2,000 rows at most, and whether these were all. */
export async function reportMembers(client: Client, { list }: MembersQuery, ctx: Ctx): Promise<MembersPage> {
  if (!reportId.test(list))
    throw new ConnectorError(
      faultOf('CW_CONFIG_INVALID', 'The id of a report begins with 00O and has 15 or 18 characters'),
      'no',
    )
  const body = await run(client, list, ctx)
  if (!body.hasDetailRows) throw incomplete('The report shows no rows, only sums')
  if (!body.allData) throw incomplete('The report has more rows than the API tells, which are 2,000')
  const rows = Object.values(body.factMap).flatMap((group) => group.rows ?? [])
  const ids = rows.map(({ dataCells }) => dataCells.flatMap(({ value }) => accountIn(value))[0])
  const known = ids.filter((id) => id !== undefined)
  if (known.length < ids.length)
    throw incomplete('The report has rows that name no account: it needs a column of the account’s name or id')
  return { ids: [...new Set(known)], cursor: null }
}

async function run(client: Client, list: string, ctx: Ctx): Promise<z.output<typeof resultsSchema>> {
  const call = {
    method: 'GET',
    path: `/analytics/reports/${list}?includeDetails=true`,
    route: '/analytics/reports/{id}',
  } as const
  try {
    return (await client.demand(call, resultsSchema, ctx)).body
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.vendorCode !== 'NOT_FOUND') throw error
    const message = 'The org has no such report that the integration’s user may run'
    throw new ConnectorError({ ...error.fault, code: 'CW_RECORD_GONE', message }, 'no', { cause: error })
  }
}

/** A column of names of accounts has the name as its label and the id as its value. */
function accountIn(value: unknown): string[] {
  const id = typeof value === 'string' && value.startsWith(ACCOUNT) ? longId(value) : null
  return id === null ? [] : [id]
}

function incomplete(message: string): ConnectorError {
  return new ConnectorError(faultOf('CW_LIST_INCOMPLETE', message), 'no')
}
