/** Records in batches of a hundred. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { answered, batchReply, shown } from './answers.ts'
import { HubSpotError, invalid } from './errors.ts'
import { historyOf } from './history.ts'
import { createInput, sourceOf, updateInput, upsertInput } from './inputs.ts'
import type { Written } from './inputs.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { archiveRecord, findRecord, undoJournal } from './records.ts'
import type { Source } from './records.ts'
import { bodyOf, inputsOf, objectScope, routes, text, typeParam } from './routing.ts'

const batchLimit = 100
/** Where histories are asked for. */
const historyLimit = 50

const under = (tail: string) => [`/crm/v3/objects/:type/batch/${tail}`, `/crm/objects/2026-09/:type/batch/${tail}`]

export const batchRoutes = [
  ...routes('POST', under('read'), 'read', batchRead, objectScope),
  ...routes(
    'POST',
    under('create'),
    'write',
    (r, p, w) => batchWrite(r, p, 201, createInput, sourceOf(r, w)),
    objectScope,
  ),
  ...routes(
    'POST',
    under('update'),
    'write',
    (r, p, w) => batchWrite(r, p, 200, updateInput, sourceOf(r, w)),
    objectScope,
  ),
  ...routes(
    'POST',
    under('upsert'),
    'write',
    (r, p, w) => batchWrite(r, p, 200, upsertInput, sourceOf(r, w)),
    objectScope,
  ),
  ...routes('POST', under('archive'), 'write', batchArchive, objectScope),
]

function batchRead(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const body = bodyOf(request)
  const past = Array.isArray(body['propertiesWithHistory']) ? body['propertiesWithHistory'].map(String) : []
  const inputs = inputsOf(request, past.length === 0 ? batchLimit : historyLimit)
  const idProperty = typeof body['idProperty'] === 'string' ? body['idProperty'] : null
  const archived = request.query.get('archived') === 'true'
  const names = Array.isArray(body['properties']) ? body['properties'].map(String) : []
  const found = new Set<StoredRecord>()
  const lost: string[] = []
  for (const input of inputs) {
    const id = text(input['id'], 'id')
    const hit = findRecord(portal, type, id, idProperty, archived)
    if (hit === null) lost.push(id)
    else found.add(hit)
  }
  const results = [...found].map((r) => ({
    ...shown(portal, r, names),
    ...(past.length === 0 ? {} : { propertiesWithHistory: historyOf(portal, r, past) }),
  }))
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

/**
 * With a trace id on every input, each input stands for itself and failures come in a 207. Without, one bad input fails the call
 * and nothing is written.
 */
function batchWrite(
  request: SandboxRequest,
  portal: Portal,
  success: number,
  write: (portal: Portal, type: ObjectType, input: Record<string, unknown>, by: Source) => Written,
  by: Source,
): SandboxReply {
  const type = typeParam(request)
  const inputs = inputsOf(request, batchLimit)
  const traces = inputs.map((input) =>
    typeof input['objectWriteTraceId'] === 'string' ? input['objectWriteTraceId'] : null,
  )
  const traced = traces.every((trace) => trace !== null)
  if (traced && new Set(traces).size !== traces.length) throw invalid('objectWriteTraceId must be unique in a batch')
  refuseRepeatedIds(inputs)
  portal.journal = traced ? null : new Map()
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const [index, input] of inputs.entries()) {
    try {
      const { record: r, isNew } = write(portal, type, input, by)
      const trace = portal.switches.echoTraceIds && traced ? { objectWriteTraceId: traces[index] } : {}
      results.push({
        ...shown(portal, r, answered(portal, r, input)),
        ...(isNew === undefined ? {} : { new: isNew }),
        ...trace,
      })
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error
      if (!traced) {
        undoJournal(portal, type)
        portal.journal = null
        throw error
      }
      errors.push(error.row(traces[index] ?? null))
    }
  }
  portal.journal = null
  return errors.length > 0 ? batchReply(portal, 207, results, errors) : batchReply(portal, success, results, [])
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
  const seen = new Set<string>()
  const repeated = ids.filter((id) => seen.size === seen.add(id).size)
  if (repeated.length > 0) {
    throw invalid(
      `Duplicate IDs found in batch input: [${repeated.map((r) => r.slice(r.indexOf(':') + 1)).join(', ')}]`,
    )
  }
}
