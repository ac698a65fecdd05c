/** Associations v4: single pairs, batches and labels. The dated family lists 200 where v4 has 201 and 204. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { addLabel } from './association-types.ts'
import type { AssociationType } from './association-types.ts'
import { associate, dissociate, linkedTo, plainType } from './associations.ts'
import { HubSpotError, invalid } from './errors.ts'
import { batchReply } from './answers.ts'
import { specsOf } from './inputs.ts'
import { objectTypes } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import { newLabelId } from './portal.ts'
import type { Portal } from './portal.ts'
import { liveRecord } from './records.ts'
import { record } from './record.ts'
import { bodyOf, inputsOf, objectScope, routes, schemaScope, text, typeParam } from './routing.ts'

/** Links of one record that an answer holds at most. */
const linksAPage = 500

const pair = (tail: string) => [
  `/crm/v4/objects/:type/:id/associations/${tail}`,
  `/crm/objects/2026-09/:type/:id/associations/${tail}`,
]
const batch = (tail: string) => [
  `/crm/v4/associations/:type/:to/batch/${tail}`,
  `/crm/associations/2026-09/:type/:to/batch/${tail}`,
]
const labels = (tail: string) => [
  `/crm/v4/associations/:type/:to/labels${tail}`,
  `/crm/associations/v4/:type/:to/labels${tail}`,
  `/crm/associations/2026-09/:type/:to/labels${tail}`,
]

export const associationRoutes = [
  ...routes('GET', pair(':to'), 'read', listPairs, objectScope),
  ...routes('PUT', pair(':to/:toId'), 'write', createPair, objectScope),
  ...routes('DELETE', pair(':to/:toId'), 'write', deletePair, objectScope),
  ...routes('PUT', pair('default/:to/:toId'), 'write', createDefault, objectScope),
  ...routes('POST', batch('create'), 'write', batchCreate, objectScope),
  ...routes('POST', batch('associate/default'), 'write', batchDefault, objectScope),
  ...routes('POST', batch('read'), 'read', batchRead, objectScope),
  ...routes('POST', batch('archive'), 'write', batchArchive, objectScope),
  ...routes('POST', batch('labels/archive'), 'write', batchArchiveLabels, objectScope),
  ...routes('GET', labels(''), 'read', listLabels, schemaScope),
  ...routes('POST', labels(''), 'write', createLabel, schemaScope),
  ...routes('PUT', labels(''), 'write', updateLabel, schemaScope),
  ...routes('DELETE', labels('/:typeId'), 'write', deleteLabel, schemaScope),
]

/** v4's own success code, or 200 in the dated family. */
const code = (request: SandboxRequest, v4: number) => (request.path.includes('/2026-09/') ? 200 : v4)

function ends(request: SandboxRequest) {
  return {
    from: { type: typeParam(request), id: request.params['id'] ?? '' },
    to: { type: typeParam(request, 'to'), id: request.params['toId'] ?? '' },
  }
}

function createPair(request: SandboxRequest, portal: Portal): SandboxReply {
  const { from, to } = ends(request)
  let specs: unknown
  try {
    specs = request.json()
  } catch {
    throw invalid('Invalid input JSON')
  }
  const named = associate(portal, from, to, specsOf(specs))
  // 201 in both families.
  return { status: 201, json: pairRow(from, to, named) }
}

function deletePair(request: SandboxRequest, portal: Portal): SandboxReply {
  const { from, to } = ends(request)
  dissociate(portal, from, to, null)
  return { status: 204 }
}

function createDefault(request: SandboxRequest, portal: Portal): SandboxReply {
  const { from, to } = ends(request)
  associate(portal, from, to, [])
  return batchReply(portal, 200, [defaultRow(portal, from, to)], [])
}

function listPairs(request: SandboxRequest, portal: Portal): SandboxReply {
  const { from, to } = ends(request)
  liveRecord(portal, from.type, from.id)
  const limit = Number(request.query.get('limit') ?? '500')
  const after = Number(request.query.get('after') ?? '0')
  const all = linkedTo(portal, from, to.type)
  const page = all.slice(after, after + limit)
  const next = after + page.length
  return {
    status: 200,
    json: {
      results: page.map((l) => ({ toObjectId: l.id, associationTypes: l.types.map(typeRow) })),
      ...(next < all.length ? { paging: { next: { after: String(next), link: '?after=' } } } : {}),
    },
  }
}

function batchCreate(request: SandboxRequest, portal: Portal): SandboxReply {
  return eachInput(request, portal, code(request, 201), portal.switches.associationBatchCreate, (input) => {
    const { from, to } = inputEnds(request, input)
    return pairRow(from, to, associate(portal, from, to, specsOf(input['types'])))
  })
}

function batchDefault(request: SandboxRequest, portal: Portal): SandboxReply {
  return eachInput(request, portal, 200, portal.switches.associationBatchCreate, (input) => {
    const { from, to } = inputEnds(request, input)
    associate(portal, from, to, [])
    return defaultRow(portal, from, to)
  })
}

/** Records without associations, or that do not exist, come as errors of a 207, or not at all, by switch. */
function batchRead(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const to = typeParam(request, 'to')
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const input of inputsOf(request, portal.switches.associationBatchRead)) {
    const id = text(input['id'], 'id')
    const after = Number(input['after'] ?? '0')
    const linked = linkedTo(portal, { type, id }, to)
    const next = after + linksAPage
    if (linked.length > 0) {
      results.push({
        from: { id },
        to: linked.slice(after, next).map((l) => ({ toObjectId: l.id, associationTypes: l.types.map(typeRow) })),
        ...(next < linked.length ? { paging: { next: { after: String(next), link: '?after=' } } } : {}),
      })
    } else {
      const none = new HubSpotError(404, 'OBJECT_NOT_FOUND', `No ${to} is associated with ${type} ${id}.`, {
        context: { fromObjectId: [id] },
        subCategory: 'crm.associations.NO_ASSOCIATIONS_FOUND',
      })
      errors.push(none.row(null))
    }
  }
  if (errors.length === 0 || portal.switches.missingInBatchRead === 'fewer') return batchReply(portal, 200, results, [])
  return batchReply(portal, 207, results, errors)
}

function batchArchive(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const to = typeParam(request, 'to')
  for (const input of inputsOf(request, portal.switches.associationBatchCreate)) {
    const targets = Array.isArray(input['to']) ? input['to'].map(record) : []
    const from = { type, id: text(record(input['from'])['id'], 'from.id') }
    for (const target of targets) dissociate(portal, from, { type: to, id: text(target['id'], 'to.id') }, null)
  }
  return { status: code(request, 204) }
}

function batchArchiveLabels(request: SandboxRequest, portal: Portal): SandboxReply {
  for (const input of inputsOf(request, portal.switches.associationBatchCreate)) {
    const { from, to } = inputEnds(request, input)
    dissociate(portal, from, to, specsOf(input['types']))
  }
  return { status: code(request, 204) }
}

function listLabels(request: SandboxRequest, portal: Portal): SandboxReply {
  const from = typeParam(request)
  const to = typeParam(request, 'to')
  return {
    status: 200,
    json: { results: portal.associationTypes.filter((t) => t.from === from && t.to === to).map(typeRow) },
  }
}

function createLabel(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const from = typeParam(request)
  const to = typeParam(request, 'to')
  const label = text(body['label'], 'label')
  const name = text(body['name'], 'name')
  if (!/^[A-Za-z]\w*$/.test(name)) throw invalid(`${name} is not a name: letters, digits and _, a letter first`)
  const inverseLabel = typeof body['inverseLabel'] === 'string' ? body['inverseLabel'] : label
  // The pair is made whole or not at all: either side's label may be taken.
  const has = (a: ObjectType, b: ObjectType, wanted: string) =>
    portal.associationTypes.some((t) => t.from === a && t.to === b && t.label === wanted)
  if (has(from, to, label) || has(to, from, inverseLabel)) {
    throw new HubSpotError(409, 'CONFLICT', `An association label named ${label} or ${inverseLabel} exists already`)
  }
  const own = portal.associationTypes.filter((t) => t.from === from && t.to === to && t.category === 'USER_DEFINED')
  if (own.length >= portal.switches.labelsAPair)
    throw invalid(`${from} and ${to} may have ${portal.switches.labelsAPair} labels`)
  const made = addLabel(portal.associationTypes, { from, to, label, inverseLabel }, newLabelId(portal))
  return { status: 200, json: { results: made.map(typeRow) } }
}

function updateLabel(request: SandboxRequest, portal: Portal): SandboxReply {
  const body = bodyOf(request)
  const found = labelType(request, portal, Number(body['associationTypeId']))
  found.label = text(body['label'], 'label')
  return { status: 204 }
}

function deleteLabel(request: SandboxRequest, portal: Portal): SandboxReply {
  const found = labelType(request, portal, Number(request.params['typeId']))
  portal.associationTypes = portal.associationTypes.filter(
    (t) => t.typeId !== found.typeId && t.typeId !== found.inverse,
  )
  return { status: 204 }
}

function labelType(request: SandboxRequest, portal: Portal, typeId: number): AssociationType {
  const from = typeParam(request)
  const found = portal.associationTypes.find(
    (t) => t.from === from && t.typeId === typeId && t.category === 'USER_DEFINED',
  )
  if (found === undefined) throw invalid(`Association label ${typeId} does not exist`)
  return found
}

function eachInput(
  request: SandboxRequest,
  portal: Portal,
  success: number,
  limit: number,
  one: (input: Record<string, unknown>) => unknown,
): SandboxReply {
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const input of inputsOf(request, limit)) {
    try {
      results.push(one(input))
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error
      errors.push(error.row(null))
    }
  }
  return errors.length === 0 ? batchReply(portal, success, results, []) : batchReply(portal, 207, results, errors)
}

function inputEnds(request: SandboxRequest, input: Record<string, unknown>) {
  return {
    from: { type: typeParam(request), id: text(record(input['from'])['id'], 'from.id') },
    to: { type: typeParam(request, 'to'), id: text(record(input['to'])['id'], 'to.id') },
  }
}

type Ends = ReturnType<typeof inputEnds>

function pairRow(from: Ends['from'], to: Ends['to'], named: string[]): Record<string, unknown> {
  return {
    fromObjectTypeId: objectTypes[from.type].id,
    fromObjectId: from.id,
    toObjectTypeId: objectTypes[to.type].id,
    toObjectId: to.id,
    labels: named,
  }
}

function defaultRow(portal: Portal, from: Ends['from'], to: Ends['to']): Record<string, unknown> {
  const plain = plainType(portal, from.type, to.type)
  return {
    from: { id: from.id },
    to: { id: to.id },
    associationSpec: { associationCategory: plain.category, associationTypeId: plain.typeId },
  }
}

const typeRow = (t: AssociationType) => ({ category: t.category, typeId: t.typeId, label: t.label })
