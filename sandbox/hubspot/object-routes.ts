/** Records one by one, lists, search and merge. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { answered, shown } from './answers.ts'
import { linkedTo } from './associations.ts'
import { invalid } from './errors.ts'
import { historyOf } from './history.ts'
import { createInput, sourceOf } from './inputs.ts'
import { objectTypeOf, objectTypes } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { record } from './record.ts'
import { archiveRecord, eraseRecord, findRecord, liveRecord, mergeRecords, updateRecord } from './records.ts'
import { bodyOf, missing, objectScope, routes, text, typeParam } from './routing.ts'
import { search } from './search.ts'
import type { HubSpotWorld } from './world.ts'

const bases = ['/crm/v3/objects/:type', '/crm/objects/2026-09/:type']
const under = (tail: string) => bases.map((base) => `${base}${tail}`)

export const objectRoutes = [
  ...routes('POST', under(''), 'write', create, objectScope),
  ...routes('GET', under(''), 'read', list, objectScope),
  ...routes('GET', under('/:id'), 'read', get, objectScope),
  ...routes('PATCH', under('/:id'), 'write', patch, objectScope),
  ...routes('DELETE', under('/:id'), 'write', archive, objectScope),
  ...routes('POST', under('/merge'), 'write', merge, objectScope),
  ...routes('POST', under('/search'), 'read', searchRecords, objectScope),
  ...routes(
    'POST',
    ['/crm/v3/objects/contacts/gdpr-delete', '/crm/objects/2026-09/contacts/gdpr-delete'],
    'write',
    erase,
    () => ['crm.objects.contacts.write'],
  ),
]

function create(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const made = createInput(portal, typeParam(request), bodyOf(request), sourceOf(request, world))
  return { status: 201, json: shown(portal, made.record, answered(portal, made.record, bodyOf(request))) }
}

function get(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const archived = request.query.get('archived') === 'true'
  const found = findRecord(portal, type, request.params['id'] ?? '', request.query.get('idProperty'), archived)
  if (found === null) throw missing(`${objectTypes[type].singular} ${request.params['id'] ?? ''}`)
  const past = listed(request, 'propertiesWithHistory')
  const json = {
    ...shown(portal, found, listed(request, 'properties')),
    ...(past.length === 0 ? {} : { propertiesWithHistory: historyOf(portal, found, past) }),
  }
  return { status: 200, json: withAssociations(portal, request, json, found) }
}

function list(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const limit = Number(request.query.get('limit') ?? '10')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid('limit must be between 1 and 100')
  const archived = request.query.get('archived') === 'true'
  const after = Number(request.query.get('after') ?? '0')
  const rest: StoredRecord[] = []
  // Ids only grow, so the records stand in their order.
  for (const r of portal.records[type].values()) {
    if ((r.archivedAt !== null) === archived && Number(r.id) >= after) rest.push(r)
    if (rest.length > limit) break
  }
  const names = listed(request, 'properties')
  const next = rest[limit]
  return {
    status: 200,
    json: {
      results: rest.slice(0, limit).map((r) => withAssociations(portal, request, shown(portal, r, names), r)),
      // `after` is the id of the next record.
      ...(next === undefined ? {} : { paging: { next: { after: next.id, link: `${request.path}?after=${next.id}` } } }),
    },
  }
}

function patch(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const found = liveRecord(portal, typeParam(request), request.params['id'] ?? '', request.query.get('idProperty'))
  updateRecord(portal, found, record(bodyOf(request)['properties'] ?? {}), sourceOf(request, world))
  return { status: 200, json: shown(portal, found, answered(portal, found, bodyOf(request))) }
}

function archive(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = findRecord(portal, typeParam(request), request.params['id'] ?? '', null)
  if (found !== null) archiveRecord(portal, found)
  return { status: 204 }
}

function erase(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const idProperty = typeof body['idProperty'] === 'string' ? body['idProperty'] : null
  const found = findRecord(portal, 'contacts', text(body['objectId'], 'objectId'), idProperty)
  if (found !== null) eraseRecord(portal, found)
  return { status: 204 }
}

function merge(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const ids = [
    text(body['primaryObjectId'], 'primaryObjectId'),
    text(body['objectIdToMerge'], 'objectIdToMerge'),
  ] as const
  const result = mergeRecords(portal, typeParam(request), ...ids)
  return { status: 200, json: shown(portal, result, Object.keys(result.properties)) }
}

function searchRecords(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const found = search(portal, typeParam(request), body, request.body.toString('utf8').length)
  const names = Array.isArray(body['properties']) ? body['properties'].map(String) : []
  return {
    status: 200,
    json: {
      total: found.total,
      results: found.page.map(({ record: r, properties }) => shown(portal, { ...r, properties }, names)),
      ...(found.after === undefined ? {} : { paging: { next: { after: found.after, link: '?after=' } } }),
    },
  }
}

function listed(request: SandboxRequest, name: string): string[] {
  return request.query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter((value) => value !== '')
}

function withAssociations(portal: Portal, request: SandboxRequest, shape: Record<string, unknown>, r: StoredRecord) {
  const wanted = listed(request, 'associations')
  if (wanted.length === 0) return shape
  const associations: Record<string, unknown> = {}
  for (const name of wanted) {
    const to = objectTypeOf(name)
    if (to === null) continue
    const results = linkedTo(portal, { type: r.type, id: r.id }, to).flatMap((l) =>
      l.types.map((t) => ({
        id: l.id,
        type:
          t.label === null ? `${objectTypes[r.type].singular}_to_${objectTypes[to].singular}` : t.label.toLowerCase(),
      })),
    )
    if (results.length > 0) associations[to] = { results }
  }
  return Object.keys(associations).length === 0 ? shape : { ...shape, associations }
}
