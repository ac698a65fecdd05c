/** Reads records by id or by key, deleted ones included: a deleted record is a fact, and a merged one names its winner. */
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Read, Ref, VendorRecord } from '../contract.ts'
import type { Client } from './client.ts'
import { longId } from './ids.ts'
import { keyOf, shapeOf } from './objects.ts'
import { columns, rowsSchema, toRecord } from './records.ts'
import type { Row, Rows } from './records.ts'
import type { Settings } from './settings.ts'
import { isOneOf, lists, select } from './soql.ts'

export async function readRecords(
  client: Client,
  settings: Settings,
  refs: Ref[],
  fields: string[],
  ctx: Ctx,
): Promise<Read[]> {
  const [first] = refs
  if (first === undefined) return []
  const object = first.object
  const find = async (column: string, values: string[]): Promise<VendorRecord[]> => {
    const found: VendorRecord[] = []
    for (const list of lists(values)) {
      const soql = select({ object, fields: columns(object, fields, settings), where: isOneOf(column, list) })
      for (const row of await allRows(client, soql, ctx)) found.push(toRecord(object, row, fields, settings))
    }
    return found
  }
  const ids = refs.filter((r) => r.by === 'id').flatMap((r) => longId(r.value) ?? [])
  const keys = refs.filter((r) => r.by === 'key').map((r) => r.value)
  const byId = new Map((await find('Id', ids)).map((r) => [r.id, r]))
  const byKey = new Map<string, VendorRecord>()
  if (keys.length > 0 && !shapeOf(object).keyed) return refs.map(() => ({ status: 'absent' }))
  for (const record of await find(keyOf(settings, object), keys)) {
    const key = foldKey(record.key ?? '')
    // A deleted record may have had the key that a live one has now.
    if (byKey.get(key)?.deleted !== false) byKey.set(key, record)
  }
  return refs.map((ref): Read => {
    const record = ref.by === 'id' ? byId.get(longId(ref.value) ?? '') : byKey.get(foldKey(ref.value))
    return record === undefined ? { status: 'absent' } : { status: 'found', record }
  })
}

/** External ids are compared without case, as the platform does unless the field is set otherwise. */
export function foldKey(key: string): string {
  return key.toLowerCase()
}

/** Every row of a query, also where a page holds fewer than there are. */
export async function allRows(
  client: Client,
  soql: string,
  ctx: Ctx,
  from: 'query' | 'queryAll' = 'queryAll',
): Promise<Row[]> {
  const rows: Row[] = []
  let path: string | null = `/${from}?q=${encodeURIComponent(soql)}`
  while (path !== null) {
    const { body: page }: { body: Rows } = await client.demand(
      { method: 'GET', path, route: `/${from}` },
      rowsSchema,
      ctx,
    )
    rows.push(...page.records)
    path = page.done ? null : restOf(page).slice(client.base.length)
  }
  return rows
}

/** Where the rest of an unfinished answer is. Without it the rows that lack are not known to be absent. */
function restOf(page: Rows): string {
  if (typeof page.nextRecordsUrl === 'string') return page.nextRecordsUrl
  const fault = faultOf('CW_VENDOR_ANSWER', 'An unfinished answer does not say where its rest is', { scope: 'batch' })
  throw new ConnectorError(fault, 'no')
}
