/** Looks for live records by what they hold, and puts marked records into the Recycle Bin. */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault, FindQuery, VendorRecord } from '../contract.ts'
import type { Client } from './client.ts'
import { longId } from './ids.ts'
import { batchSize, shapeOf } from './objects.ts'
import { columns, rowsSchema, toRecord } from './records.ts'
import { faultFrom, problemsSchema, readFault } from './refusal.ts'
import type { Settings } from './settings.ts'
import { allOf, isOneOf, lists, select } from './soql.ts'

export async function findRecords(client: Client, settings: Settings, q: FindQuery, ctx: Ctx): Promise<VendorRecord[]> {
  const found = new Map<string, VendorRecord>()
  const only = shapeOf(q.object).only(settings)
  for (const where of conditions(q.any)) {
    if (found.size >= q.limit) break
    const soql = select({
      object: q.object,
      fields: columns(q.object, q.fields, settings),
      where: allOf(only, where),
      order: ['Id'],
      limit: Math.min(q.limit, 2000),
    })
    const path = `/query?q=${encodeURIComponent(soql)}`
    const { body } = await client.demand({ method: 'GET', path, route: '/query' }, rowsSchema, ctx)
    for (const row of body.records) {
      const record = toRecord(q.object, row, q.fields, settings)
      found.set(record.id, record)
    }
  }
  return [...found.values()].slice(0, q.limit)
}

/** One condition where all values fit into an address, else several, each for a part of one field's values. */
function conditions(any: FindQuery['any']): string[] {
  const each = Object.entries(any).flatMap(([field, values]) =>
    lists(field === 'Website' ? values.flatMap(asPeopleWriteIt) : values).map((list) => isOneOf(field, list)),
  )
  const joined = each.join(' OR ')
  return each.length < 2 || encodeURIComponent(joined).length > 9000 ? each : [joined]
}

/** A web address field holds what somebody typed; a bare host is looked for in the forms that are usual. */
function asPeopleWriteIt(host: string): string[] {
  if (!/^[\w-]+(\.[\w-]+)+$/.test(host)) return [host]
  const hosts = host.startsWith('www.') ? [host, host.slice(4)] : [host, `www.${host}`]
  return hosts.flatMap((h) => [h, `http://${h}`, `https://${h}`, `http://${h}/`, `https://${h}/`])
}

const resultsSchema = z.array(
  z.union([z.object({ success: z.literal(true) }), z.object({ success: z.literal(false), errors: problemsSchema })]),
)

/** Answers what could not be deleted. A record that is gone already is no fault. */
export async function removeRecords(client: Client, ids: string[], ctx: Ctx): Promise<Fault[]> {
  const faults: Fault[] = []
  const known = ids.flatMap((id) => longId(id) ?? [])
  for (let start = 0; start < known.length; start += batchSize) {
    const path = `/composite/sobjects?ids=${known.slice(start, start + batchSize).join(',')}&allOrNone=false`
    try {
      const answer = await client.call({ method: 'DELETE', path, route: '/composite/sobjects', effect: 'write' }, ctx)
      const results = resultsSchema.safeParse(answer.ok ? answer.body : null)
      if (!answer.ok) faults.push(readFault(answer.problems))
      else if (!results.success) faults.push(faultOf('CW_VENDOR_ANSWER', 'The results of a deletion cannot be read'))
      for (const result of results.data ?? []) {
        const fault = result.success ? null : faultFrom(result.errors).fault
        if (fault !== null && fault.code !== 'CW_RECORD_GONE') faults.push(fault)
      }
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      faults.push(error.fault)
    }
  }
  return faults
}
