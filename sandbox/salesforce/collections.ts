/** sObject Collections: up to 200 records a call, a result for each in the request's order. */
import { arrayOf, bodyOf, endpoint, objectOf, saveOf, textOf, versionOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { atomically, objectNamed, rowById, typeOfId } from './org.ts'
import { normaliseId } from './ids.ts'
import { Refusal, refuse, resultErrors } from './problem.ts'
import type { Problem } from './problem.ts'
import { renderRow } from './render.ts'
import { create, externalField, remove, update, upsert } from './save.ts'
import type { Body } from './body.ts'
import { resolvePath } from './soql-run.ts'

export const collectionRoutes: OrgRoute[] = [
  endpoint('POST', '/composite/sobjects', 'write', (request, world) => {
    const by = saveOf(request, world)
    return saveAll(request, world, ({ type, fields }) => ({ id: create(world.state, type, fields, by) }))
  }),
  endpoint('PATCH', '/composite/sobjects', 'write', (request, world) => {
    const by = saveOf(request, world)
    return saveAll(request, world, ({ type, fields }) => {
      const { id: lower, Id: upper, ...rest } = fields
      const id = textOf(lower ?? upper, 'id')
      // A collection does not say NOT_FOUND of an id that never was.
      if (normaliseId(id) !== null && rowById(world.state, type, id) === null) {
        throw refuse(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id', [])
      }
      update(world.state, type, id, rest, by)
      return { id: rowById(world.state, type, id)?.id ?? id }
    })
  }),
  endpoint('PATCH', '/composite/sobjects/:object/:field', 'write', (request, world) => {
    const { object = '', field = '' } = request.params
    externalField(world.state, objectNamed(world.state, object), field)
    const by = saveOf(request, world)
    const seen = new Set<string>()
    return saveAll(request, world, ({ type, fields }) => {
      if (type !== object) throw refuse(400, 'INVALID_TYPE', `${type} is not ${object}`)
      const { [field]: key, ...rest } = fields
      if (typeof key !== 'string' || key === '') throw refuse(400, 'MISSING_ARGUMENT', `${field} not specified`)
      if (seen.has(key.toLowerCase()))
        throw refuse(400, 'DUPLICATE_VALUE', `Duplicate external id specified: ${key}`, [field])
      seen.add(key.toLowerCase())
      return upsert(world.state, type, field, key, rest, by)
    })
  }),
  endpoint('DELETE', '/composite/sobjects', 'write', (request, world) => {
    const ids = (request.query.get('ids') ?? '').split(',').filter((id) => id !== '')
    const by = saveOf(request, world)
    const records = ids.map((id) => ({ type: typeOfId(world.state, id) ?? '', fields: { id } }))
    return run(world, records, request.query.get('allOrNone') === 'true', ({ type, fields }) => {
      const id = textOf(fields.id, 'id')
      remove(world.state, type, id, by)
      return { id }
    })
  }),
  endpoint('POST', '/composite/sobjects/:object', 'read', (request, world) => {
    const org = world.state
    const def = objectNamed(org, request.params.object ?? '')
    const body = bodyOf(request)
    const ids = arrayOf(body.ids, 'ids').map((id) => textOf(id, 'id'))
    if (ids.length > 2000) throw refuse(400, 'NUMBER_OUTSIDE_VALID_RANGE', 'At most 2000 ids')
    const paths = arrayOf(body.fields, 'fields').map((f) => resolvePath(org, def, textOf(f, 'field')))
    const rows = ids.map((id) => rowById(org, def.name, id))
    return {
      status: 200,
      json: rows.map((row) =>
        row === null || row.deletedMs !== null ? null : renderRow(org, versionOf(request), row, paths),
      ),
    }
  }),
]

interface Item {
  type: string
  fields: Body
}

function saveAll(
  request: SandboxRequest,
  world: OrgWorld,
  save: (item: Item) => { id: string; created?: boolean },
): SandboxReply {
  const body = bodyOf(request)
  const items = arrayOf(body.records, 'records').map((record): Item => {
    const { attributes, ...fields } = objectOf(record, 'a record')
    return { type: textOf(objectOf(attributes, 'attributes').type, 'attributes.type'), fields }
  })
  return run(world, items, body.allOrNone === true, save)
}

function run(
  world: OrgWorld,
  items: Item[],
  allOrNone: boolean,
  save: (item: Item) => { id: string; created?: boolean },
): SandboxReply {
  if (items.length > 200)
    throw refuse(400, 'EXCEEDED_ID_LIMIT', 'record limit reached. cannot submit more than 200 records in this call')
  const chunks = items.filter((item, i) => item.type !== items[i - 1]?.type).length
  if (chunks > 10)
    throw refuse(400, 'TOO_MANY_CHUNKS', 'Chunk limit reached: cannot have more than 10 chunks in a single operation')
  const org = world.state
  const results: { id?: string; created?: boolean; problems: Problem[] }[] = []
  try {
    atomically(org, allOrNone, () => {
      for (const item of items) results.push(attempt(() => save(item)))
      if (allOrNone && results.some((r) => r.problems.length > 0)) throw new Undone()
    })
  } catch (error) {
    if (!(error instanceof Undone)) throw error
    const rolledBack: Problem = {
      errorCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
      message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
    }
    for (const result of results) {
      delete result.id
      if (result.problems.length === 0) result.problems = [rolledBack]
    }
  }
  return {
    status: 200,
    json: results.map(({ id, created, problems }) =>
      problems.length > 0
        ? { success: false, errors: resultErrors(problems) }
        : { id, success: true, errors: [], ...(created === undefined ? {} : { created }) },
    ),
  }
}

class Undone extends Error {}

function attempt(save: () => { id: string; created?: boolean }): {
  id?: string
  created?: boolean
  problems: Problem[]
} {
  try {
    return { ...save(), problems: [] }
  } catch (error) {
    if (error instanceof Refusal) return { problems: error.problems }
    throw error
  }
}
