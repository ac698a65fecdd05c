/** Lists: made, found by id or name, searched, renamed, deleted, and who is in them. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { invalid } from './errors.ts'
import { createList, listNamed, membersOf } from './lists.ts'
import type { List } from './lists.ts'
import { objectTypeOf, objectTypes } from './object-types.ts'
import type { Portal } from './portal.ts'
import { bodyOf, missing, routes } from './routing.ts'

const under = (tail: string) => [`/crm/v3/lists${tail}`, `/crm/lists/2026-09${tail}`]
const reads = () => ['crm.lists.read']
const writes = () => ['crm.lists.write']

export const listRoutes = [
  ...routes('POST', [...under(''), ...under('/')], 'write', create, writes),
  ...routes('POST', under('/search'), 'read', search, reads),
  ...routes('GET', under('/object-type-id/:type/name/:name'), 'read', getByName, reads),
  ...routes('GET', under('/:id'), 'read', (r, p) => ({ status: 200, json: { list: rowOf(listOf(r, p), r) } }), reads),
  ...routes('GET', under('/:id/memberships'), 'read', memberships, reads),
  ...routes('PUT', under('/:id/update-list-name'), 'write', rename, writes),
  ...routes('DELETE', under('/:id'), 'write', remove, writes),
]

function create(request: SandboxRequest, portal: Portal): SandboxReply {
  return { status: 200, json: { list: rowOf(createList(portal, bodyOf(request)), request) } }
}

function getByName(request: SandboxRequest, portal: Portal): SandboxReply {
  const name = request.params['name'] ?? ''
  const found = listNamed(portal, name)
  if (found === undefined || found.type !== objectTypeOf(request.params['type'] ?? '')) throw missing(`List ${name}`)
  return { status: 200, json: { list: rowOf(found, request) } }
}

function search(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const query = typeof body['query'] === 'string' ? body['query'].toLowerCase() : ''
  const offset = Number(body['offset'] ?? 0)
  const count = Number(body['count'] ?? 20)
  if (!(count >= 1 && count <= 500)) throw invalid('count must be between 1 and 500')
  const all = [...portal.lists.values()].filter((l) => l.deletedAt === null && l.name.toLowerCase().includes(query))
  const lists = all.slice(offset, offset + count).map((list) => rowOf(list, request))
  const end = offset + lists.length
  return { status: 200, json: { lists, offset: end, hasMore: end < all.length, total: all.length } }
}

function memberships(request: SandboxRequest, portal: Portal): SandboxReply {
  const limit = Number(request.query.get('limit') ?? 100)
  if (!(limit >= 1 && limit <= 250)) throw invalid('limit must be between 1 and 250')
  const after = request.query.get('after')
  const all = membersOf(portal, listOf(request, portal)).toSorted((a, b) => Number(a.id) - Number(b.id))
  const rest = after === null ? all : all.filter(({ id }) => Number(id) >= Number(after))
  const results = rest
    .slice(0, limit)
    .map((r) => ({ recordId: r.id, membershipTimestamp: new Date(r.updatedAt).toISOString() }))
  const next = rest[limit]
  const paging = next === undefined ? {} : { paging: { next: { after: next.id } } }
  return { status: 200, json: { results, total: all.length, ...paging } }
}

function rename(request: SandboxRequest, portal: Portal): SandboxReply {
  const list = listOf(request, portal)
  const name = request.query.get('listName') ?? ''
  const other = listNamed(portal, name)
  if (name === '' || (other !== undefined && other !== list)) throw invalid(`A list cannot be named ${name}`)
  Object.assign(list, { name, version: list.version + 1, updatedAt: portal.nowMs() })
  return { status: 200, json: { updatedList: rowOf(list, request) } }
}

function remove(request: SandboxRequest, portal: Portal): SandboxReply {
  listOf(request, portal).deletedAt = portal.nowMs()
  return { status: 204 }
}

function listOf(request: SandboxRequest, portal: Portal): List {
  const id = request.params['id'] ?? ''
  const found = portal.lists.get(id)
  if (found === undefined || found.deletedAt !== null) throw missing(`List ${id}`)
  return found
}

/** Filters are told when they are asked for, and of a list that was just made. */
function rowOf(list: List, request: SandboxRequest): Record<string, unknown> {
  const whole = request.method === 'POST' || request.query.get('includeFilters') === 'true'
  return {
    listId: list.id,
    listVersion: list.version,
    name: list.name,
    objectTypeId: objectTypes[list.type].id,
    processingType: list.processingType,
    processingStatus: 'COMPLETE',
    createdAt: new Date(list.createdAt).toISOString(),
    updatedAt: new Date(list.updatedAt).toISOString(),
    createdById: '501',
    updatedById: '501',
    ...(whole && list.filterBranch !== null ? { filterBranch: list.filterBranch } : {}),
  }
}
