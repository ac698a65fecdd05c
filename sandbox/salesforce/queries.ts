/** Queries and their further pages. */
import { endpoint, versionOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { idOf } from './ids.ts'
import { tableOf } from './org.ts'
import { refuse } from './problem.ts'
import { renderRow } from './render.ts'
import { parseQuery } from './soql-parse.ts'
import { resolvePath, runQuery } from './soql-run.ts'

const locatorLifeMs = 2 * 86_400_000
const openLocators = 10
/** The platform's limit on the length of a request's address, in characters. */
const longestUrl = 16_384

export const queryRoutes: OrgRoute[] = [
  endpoint('GET', '/query', 'read', (request, world) => firstPage(request, world, false)),
  endpoint('GET', '/queryAll', 'read', (request, world) => firstPage(request, world, true)),
  endpoint('GET', '/query/:locator', 'read', nextPage),
  endpoint('GET', '/queryAll/:locator', 'read', nextPage),
]

function firstPage(request: SandboxRequest, world: OrgWorld, all: boolean): SandboxReply {
  const soql = request.query.get('q')
  if (soql === null) throw refuse(400, 'MALFORMED_QUERY', 'The q parameter is required')
  if (encodeURIComponent(soql).length > longestUrl) throw refuse(414, 'URI_TOO_LONG', 'The address is too long')
  const org = world.state
  const query = parseQuery(soql)
  const { rows } = runQuery(org, query, all, world.clock.now())
  if (query.count) return { status: 200, json: { totalSize: rows.length, done: true, records: [] } }
  const id = idOf('01g', world.nextNumber()).slice(0, 18)
  const size = pageSize(request, world)
  org.queries.set(id, { ids: rows.map((row) => row.id), soql, all, openedMs: world.clock.now(), size })
  const reply = page(request, world, id, 0)
  if (rows.length <= size) org.queries.delete(id)
  for (const oldest of org.queries.keys()) if (org.queries.size > openLocators) org.queries.delete(oldest)
  return reply
}

function nextPage(request: SandboxRequest, world: OrgWorld): SandboxReply {
  const [id = '', offset = ''] = (request.params.locator ?? '').split('-')
  const open = world.state.queries.get(id)
  if (open === undefined || !/^\d+$/.test(offset) || world.clock.now() - open.openedMs > locatorLifeMs)
    throw refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
  return page(request, world, id, Number(offset))
}

function page(request: SandboxRequest, world: OrgWorld, id: string, offset: number): SandboxReply {
  const org = world.state
  const open = org.queries.get(id)
  if (open === undefined) throw refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator')
  const query = parseQuery(open.soql)
  const version = versionOf(request)
  const { def } = runQuery(org, { ...query, limit: 0, where: null }, open.all, world.clock.now())
  const paths = query.fields.map((f) => resolvePath(org, def, f))
  const table = tableOf(org, def.name)
  const records = open.ids.slice(offset, offset + open.size).flatMap((rowId) => {
    const row = table.get(rowId)
    return row === undefined ? [] : [renderRow(org, version, row, paths)]
  })
  const next = offset + open.size
  const done = next >= open.ids.length
  return {
    status: 200,
    json: {
      totalSize: open.ids.length,
      done,
      ...(done ? {} : { nextRecordsUrl: `/services/data/${version}/query/${id}-${String(next)}` }),
      records,
    },
  }
}

/** 200 to 2,000 as asked; fewer in one position of the switch, because the size is no promise. */
function pageSize(request: SandboxRequest, world: OrgWorld): number {
  const asked = Number(/batchSize=(\d+)/.exec(request.headers['sforce-query-options'] ?? '')?.[1] ?? '2000')
  const size = Math.min(2000, Math.max(200, asked))
  return world.switches.queryPage === 'smaller' ? Math.min(7, size) : size
}
