/** Records: single and batch calls, search and merge. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { associate, linkedTo } from './associations.ts'
import type { Spec } from './associations.ts'
import { HubSpotError, invalid } from './errors.ts'
import { objectTypeOf, objectTypes } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { archiveRecord, createRecord, findRecord, liveRecord, mergeRecords, updateRecord } from './records.ts'
import type { Source } from './records.ts'
import { record } from './record.ts'
import { bodyOf, inputsOf, missing, objectScope, routes, text, typeParam } from './routing.ts'
import { search } from './search.ts'

const byIntegration: Source = { kind: 'INTEGRATION', id: 'causeway-sandbox-app' }
const batchLimit = 100

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
  ...routes('POST', under('/batch/read'), 'read', batchRead, objectScope),
  ...routes('POST', under('/batch/create'), 'write', (r, p) => batchWrite(r, p, 201, createInput), objectScope),
  ...routes('POST', under('/batch/update'), 'write', (r, p) => batchWrite(r, p, 200, updateInput), objectScope),
  ...routes('POST', under('/batch/upsert'), 'write', (r, p) => batchWrite(r, p, 200, upsertInput), objectScope),
  ...routes('POST', under('/batch/archive'), 'write', batchArchive, objectScope),
]

function create(request: SandboxRequest, portal: Portal): SandboxReply {
  const made = createInput(portal, typeParam(request), bodyOf(request))
  return { status: 201, json: shown(portal, made.record, answered(portal, made.record, bodyOf(request))) }
}

function get(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const archived = request.query.get('archived') === 'true'
  const found = findRecord(portal, type, request.params['id'] ?? '', request.query.get('idProperty'), archived)
  if (found === null) throw missing(`${objectTypes[type].singular} ${request.params['id'] ?? ''}`)
  return {
    status: 200,
    json: withAssociations(portal, request, shown(portal, found, listed(request, 'properties')), found),
  }
}

function list(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const limit = Number(request.query.get('limit') ?? '10')
  if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw invalid('limit must be between 1 and 100')
  const archived = request.query.get('archived') === 'true'
  const after = Number(request.query.get('after') ?? '0')
  const rest = [...portal.records[type].values()]
    .filter((r) => (r.archivedAt !== null) === archived && Number(r.id) >= after)
    .toSorted((a, b) => Number(a.id) - Number(b.id))
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

function patch(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = liveRecord(portal, typeParam(request), request.params['id'] ?? '', request.query.get('idProperty'))
  updateRecord(portal, found, record(bodyOf(request)['properties'] ?? {}), byIntegration)
  return { status: 200, json: shown(portal, found, answered(portal, found, bodyOf(request))) }
}

function archive(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = findRecord(portal, typeParam(request), request.params['id'] ?? '', null)
  if (found !== null) archiveRecord(portal, found)
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

function batchRead(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const body = bodyOf(request)
  const inputs = inputsOf(request, batchLimit)
  const idProperty = typeof body['idProperty'] === 'string' ? body['idProperty'] : null
  const archived = request.query.get('archived') === 'true'
  const names = Array.isArray(body['properties']) ? body['properties'].map(String) : []
  const found: StoredRecord[] = []
  const lost: string[] = []
  for (const input of inputs) {
    const id = text(input['id'], 'id')
    const hit = findRecord(portal, type, id, idProperty, archived)
    if (hit === null) lost.push(id)
    else if (!found.includes(hit)) found.push(hit)
  }
  const results = found.map((r) => shown(portal, r, names))
  if (lost.length === 0 || portal.switches.missingInBatchRead === 'fewer') return batchReply(portal, 200, results, [])
  const error = new HubSpotError(
    404,
    'OBJECT_NOT_FOUND',
    'Could not get some objects, they may be deleted or not exist.',
    {
      context: { ids: lost },
    },
  )
  return batchReply(portal, 207, results, [error.row(null)])
}

interface Written {
  record: StoredRecord
  isNew?: boolean
}

/**
 * With a trace id on every input, each input stands for itself and failures come in a 207. Without, one bad input fails the call
 * and nothing is written.
 */
function batchWrite(
  request: SandboxRequest,
  portal: Portal,
  success: number,
  write: (portal: Portal, type: ObjectType, input: Record<string, unknown>) => Written,
): SandboxReply {
  const type = typeParam(request)
  const inputs = inputsOf(request, batchLimit)
  const traces = inputs.map((input) =>
    typeof input['objectWriteTraceId'] === 'string' ? input['objectWriteTraceId'] : null,
  )
  const traced = traces.every((trace) => trace !== null)
  if (traced && new Set(traces).size !== traces.length) throw invalid('objectWriteTraceId must be unique in a batch')
  refuseRepeatedIds(inputs)
  const undo = traced ? null : snapshot(portal, type)
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const [index, input] of inputs.entries()) {
    try {
      const { record: r, isNew } = write(portal, type, input)
      const trace = portal.switches.echoTraceIds && traced ? { objectWriteTraceId: traces[index] } : {}
      results.push({
        ...shown(portal, r, answered(portal, r, input)),
        ...(isNew === undefined ? {} : { new: isNew }),
        ...trace,
      })
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error
      if (undo !== null) {
        undo()
        throw error
      }
      errors.push(error.row(traces[index] ?? null))
    }
  }
  return errors.length > 0 ? batchReply(portal, 207, results, errors) : batchReply(portal, success, results, [])
}

function createInput(portal: Portal, type: ObjectType, input: Record<string, unknown>): Written {
  const wishes = associationsOf(input['associations'])
  for (const { id, specs } of wishes) requireTarget(portal, type, id, specs)
  const made = createRecord(portal, type, record(input['properties'] ?? {}), byIntegration)
  for (const { id, specs } of wishes) {
    associate(portal, { type, id: made.id }, { type: requireTarget(portal, type, id, specs), id }, specs)
  }
  return { record: made }
}

function updateInput(portal: Portal, type: ObjectType, input: Record<string, unknown>): Written {
  const idProperty = typeof input['idProperty'] === 'string' ? input['idProperty'] : null
  const found = liveRecord(portal, type, text(input['id'], 'id'), idProperty)
  return { record: updateRecord(portal, found, record(input['properties'] ?? {}), byIntegration) }
}

function upsertInput(portal: Portal, type: ObjectType, input: Record<string, unknown>): Written {
  const idProperty = text(input['idProperty'], 'idProperty')
  const id = text(input['id'], 'id')
  const values = record(input['properties'] ?? {})
  if (type === 'contacts' && idProperty === 'email' && values['email'] === undefined) {
    throw invalid('Partial upserts are not supported when using email as the idProperty')
  }
  const found = findRecord(portal, type, id, idProperty)
  if (found !== null) return { record: updateRecord(portal, found, values, byIntegration), isNew: false }
  return { record: createRecord(portal, type, { ...values, [idProperty]: id }, byIntegration), isNew: true }
}

function batchArchive(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  for (const input of inputsOf(request, batchLimit)) {
    const found = findRecord(portal, type, text(input['id'], 'id'), null)
    if (found !== null) archiveRecord(portal, found)
  }
  return { status: 204 }
}

/** One record under one id may stand in a batch once. */
function refuseRepeatedIds(inputs: Record<string, unknown>[]): void {
  const ids = inputs.flatMap((input) =>
    typeof input['id'] === 'string' ? [`${String(input['idProperty'])}:${input['id']}`] : [],
  )
  const repeated = ids.filter((id, index) => ids.indexOf(id) !== index)
  if (repeated.length > 0) {
    throw invalid(
      `Duplicate IDs found in batch input: [${repeated.map((r) => r.slice(r.indexOf(':') + 1)).join(', ')}]`,
    )
  }
}

/** Puts the type's records back as they were; events of the failed call are already out, as they may be at HubSpot. */
function snapshot(portal: Portal, type: ObjectType): () => void {
  const records = new Map<string, StoredRecord>()
  for (const [id, r] of portal.records[type]) {
    records.set(id, { ...r, properties: { ...r.properties }, versions: [...r.versions] })
  }
  return () => {
    portal.records[type] = new Map(records)
  }
}

interface Wish {
  id: string
  specs: Spec[]
}

function associationsOf(raw: unknown): Wish[] {
  if (raw === undefined || raw === null) return []
  if (!Array.isArray(raw)) throw invalid('associations must be a list')
  return raw.map((item) => {
    const wish = record(item)
    return { id: text(record(wish['to'])['id'], 'associations.to.id'), specs: specsOf(wish['types']) }
  })
}

export function specsOf(raw: unknown): Spec[] {
  if (!Array.isArray(raw)) throw invalid('types is required')
  return raw.map((item) => {
    const spec = record(item)
    return {
      associationCategory: text(spec['associationCategory'], 'associationCategory'),
      associationTypeId: Number(text(spec['associationTypeId'], 'associationTypeId')),
    }
  })
}

/** The type that an association id points to from here; the record must exist. */
function requireTarget(portal: Portal, from: ObjectType, id: string, specs: Spec[]): ObjectType {
  const type = portal.associationTypes.find((t) => t.from === from && t.typeId === specs[0]?.associationTypeId)?.to
  if (type === undefined)
    throw invalid(`Association type ${specs[0]?.associationTypeId ?? ''} does not exist from ${from}`)
  liveRecord(portal, type, id)
  return type
}

export function batchReply(portal: Portal, status: number, results: unknown[], errors: unknown[]): SandboxReply {
  const at = new Date(portal.nowMs()).toISOString()
  const failed = status === 207 ? { numErrors: errors.length, errors } : {}
  return { status, json: { status: 'COMPLETE', results, startedAt: at, completedAt: at, ...failed } }
}

const alwaysShown = ['hs_object_id', 'createdate', 'hs_lastmodifieddate']

/**
 * A record as answered: the system's properties, and of `names` those that exist; unknown ones are passed over silently. A write's
 * answer names what was written, or everything by switch.
 */
export function shown(portal: Portal, r: StoredRecord, names: string[]): Record<string, unknown> {
  const known = [...new Set([...alwaysShown, ...names])].filter((name) => portal.properties[r.type].has(name))
  const properties = Object.fromEntries(known.map((name) => [name, r.properties[name] ?? null]))
  return {
    id: r.id,
    properties,
    createdAt: new Date(r.createdAt).toISOString(),
    updatedAt: new Date(r.updatedAt).toISOString(),
    archived: r.archivedAt !== null,
    ...(r.archivedAt === null ? {} : { archivedAt: new Date(r.archivedAt).toISOString() }),
    url: `https://app.hubspot.com/contacts/148000001/record/${objectTypes[r.type].id}/${r.id}`,
  }
}

/** The names that a write's answer carries. */
function answered(portal: Portal, r: StoredRecord, input: Record<string, unknown>): string[] {
  if (portal.switches.writeAnswers === 'all') return Object.keys(r.properties)
  const key = typeof input['idProperty'] === 'string' ? [input['idProperty']] : []
  return [...Object.keys(record(input['properties'] ?? {})), ...key]
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
