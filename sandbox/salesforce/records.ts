/** Single records: create, retrieve, change, delete, and upsert by external id. */
import { bodyOf, endpoint, saveOf, versionOf } from './endpoint.ts'
import type { OrgRoute } from './endpoint.ts'
import { objectNamed, visibleField } from './org.ts'
import { refuse } from './problem.ts'
import { allPaths, renderRow } from './render.ts'
import { demandRead } from './rights.ts'
import { create, existing, matchesOfKey, MultipleMatches, remove, update, upsert } from './save.ts'
import { resolvePath } from './soql-run.ts'

const at = (params: Record<string, string>, name: string): string => params[name] ?? ''

export const recordRoutes: OrgRoute[] = [
  endpoint('POST', '/sobjects/:object', 'write', (request, world) => {
    const id = create(world.state, at(request.params, 'object'), bodyOf(request), saveOf(request, world))
    return { status: 201, json: { id, success: true, errors: [] } }
  }),
  endpoint('GET', '/sobjects/:object/:id', 'read', (request, world) => {
    const org = world.state
    const def = objectNamed(org, at(request.params, 'object'))
    demandRead(org, def.name)
    const row = existing(org, def, at(request.params, 'id'))
    const asked = request.query.get('fields')
    const paths =
      asked === null ? allPaths(org, def.name) : asked.split(',').map((f) => resolvePath(org, def, f.trim()))
    return { status: 200, json: renderRow(org, versionOf(request), row, paths) }
  }),
  endpoint('PATCH', '/sobjects/:object/:id', 'write', (request, world) => {
    const body = bodyOf(request)
    if ('Id' in body)
      throw refuse(400, 'INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id'])
    update(world.state, at(request.params, 'object'), at(request.params, 'id'), body, saveOf(request, world))
    return { status: 204 }
  }),
  endpoint('DELETE', '/sobjects/:object/:id', 'write', (request, world) => {
    remove(world.state, at(request.params, 'object'), at(request.params, 'id'), saveOf(request, world))
    return { status: 204 }
  }),
  endpoint('GET', '/sobjects/:object/:field/:value', 'read', (request, world) => {
    const org = world.state
    const def = objectNamed(org, at(request.params, 'object'))
    const field = visibleField(org, def, at(request.params, 'field'))
    if (field === null || !field.externalId)
      throw refuse(404, 'NOT_FOUND', 'Provided external ID field does not exist or is not accessible')
    const [row, second] = matchesOfKey(org, def, field, at(request.params, 'value'))
    if (row === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
    if (second !== undefined) throw new MultipleMatches([row, second])
    return { status: 200, json: renderRow(org, versionOf(request), row, allPaths(org, def.name)) }
  }),
  endpoint('PATCH', '/sobjects/:object/:field/:value', 'write', (request, world) => {
    const { object, field, value } = {
      object: at(request.params, 'object'),
      field: at(request.params, 'field'),
      value: at(request.params, 'value'),
    }
    const body = bodyOf(request)
    for (const name of Object.keys(body)) {
      if (name === 'Id' || name.toLowerCase() === field.toLowerCase())
        throw refuse(400, 'INVALID_FIELD', `The ${name} field should not be specified in the sobject data.`, [name])
    }
    const saved = upsert(world.state, object, field, value, body, saveOf(request, world))
    if (!saved.created && world.switches.upsertUpdateAnswer === '204') return { status: 204 }
    return {
      status: saved.created ? 201 : 200,
      json: { id: saved.id, success: true, errors: [], created: saved.created },
    }
  }),
]
