/** Everything that is live, in the order of ids, which no edit changes: nothing is skipped and nothing comes twice. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, ListPage, ListQuery } from '../contract.ts'
import type { Client } from './client.ts'
import { shapeOf } from './objects.ts'
import { columns, rowsSchema, toRecord } from './records.ts'
import type { Rows } from './records.ts'
import { problemsSchema, readFault } from './refusal.ts'
import type { Settings } from './settings.ts'
import { allOf, quoted, select } from './soql.ts'

const compositeSchema = z.object({
  compositeResponse: z.array(z.object({ httpStatusCode: z.coerce.number(), body: z.unknown() })),
})

export async function listPage(client: Client, settings: Settings, q: ListQuery, ctx: Ctx): Promise<ListPage> {
  const only = shapeOf(q.object).only(settings)
  const soql = select({
    object: q.object,
    fields: columns(q.object, q.fields, settings),
    where: allOf(only, q.cursor === null ? null : `Id > ${quoted(q.cursor)}`),
    order: ['Id'],
    limit: settings.pageSize,
  })
  const { rows, total } =
    q.cursor === null
      ? await firstPage(client, soql, count(q.object, only), ctx)
      : { rows: await page(client, soql, ctx), total: null }
  const records = rows.records.map((row) => toRecord(q.object, row, q.fields, settings))
  // The page may be smaller than asked, so a short page alone proves no end.
  const isLast = rows.done && rows.records.length < settings.pageSize
  return { records, cursor: isLast ? null : (records.at(-1)?.id ?? null), total }
}

function count(object: string, only: string | null): string {
  return `SELECT COUNT() FROM ${object}${only === null ? '' : ` WHERE ${only}`}`
}

async function page(client: Client, soql: string, ctx: Ctx): Promise<Rows> {
  const call = { method: 'GET', path: `/query?q=${encodeURIComponent(soql)}`, route: '/query' } as const
  return (await client.demand(call, rowsSchema, ctx)).body
}

/** The first page and how many records there are, in one request. */
async function firstPage(
  client: Client,
  soql: string,
  counting: string,
  ctx: Ctx,
): Promise<{ rows: Rows; total: number | null }> {
  const part = (referenceId: string, query: string) => ({
    method: 'GET',
    url: `${client.base}/query?q=${encodeURIComponent(query)}`,
    referenceId,
  })
  const body = { allOrNone: false, compositeRequest: [part('page', soql), part('count', counting)] }
  const { body: answer } = await client.demand(
    { method: 'POST', path: '/composite', route: '/composite', body },
    compositeSchema,
    ctx,
  )
  const [first, counted] = answer.compositeResponse
  const problems = first !== undefined && first.httpStatusCode >= 400 ? problemsSchema.safeParse(first.body) : null
  if (problems?.success === true) throw new ConnectorError(readFault(problems.data), 'no')
  const rows = rowsSchema.safeParse(first?.body)
  if (!rows.success) {
    const message = 'The answer of a composite call lacks the query’s rows'
    throw new ConnectorError(faultOf('CW_VENDOR_ANSWER', message, { scope: 'batch' }), 'no')
  }
  return { rows: rows.data, total: rowsSchema.safeParse(counted?.body).data?.totalSize ?? null }
}
