/** The part of the Tooling API that sets up fields, validation rules and the values of the platform's own picklists. */
import { customFields, fieldFrom, metadataOf, picklist, tableOfFields } from './custom-fields.ts'
import { arrayOf, bodyOf, endpoint, objectOf, textOf, versionOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import { compileFormula } from './formula.ts'
import { objectNamed, setUpId } from './org.ts'
import { refuse } from './problem.ts'
import { demand } from './rights.ts'
import { toolingPage } from './tooling-query.ts'
import { valueSets } from './value-sets.ts'

const made = (id: string) => ({ status: 201, json: { id, success: true, errors: [], warnings: [], infos: [] } })

export const toolingRoutes: OrgRoute[] = [
  endpoint('GET', '/tooling/query', 'read', (request, world) => ({
    status: 200,
    json: toolingPage(world.state, versionOf(request), request.query.get('q') ?? '', world.clock.now()),
  })),
  endpoint('POST', '/tooling/sobjects/CustomField', 'write', (request, world) => {
    const org = world.state
    demand(org, 'CustomizeApplication')
    const body = bodyOf(request)
    const [on = '', name = ''] = textOf(body.FullName, 'FullName').split('.')
    if (on === 'Task')
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'Custom fields of tasks belong to Activity', ['FullName'])
    const object = on === 'Activity' ? 'Task' : on
    const def = objectNamed(org, object)
    if (!/^[A-Za-z]\w*__c$/.test(name))
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'The name of a custom field ends in __c', ['FullName'])
    if (def.fields.some((f) => f.name.toLowerCase() === name.toLowerCase()))
      throw refuse(400, 'DUPLICATE_DEVELOPER_NAME', `There is already a field named ${name} on ${object}.`, [
        'DeveloperName',
      ])
    def.fields.push(fieldFrom(org, name, objectOf(body.Metadata, 'Metadata')))
    org.hidden.add(`${def.name}.${name}`)
    changed(world)
    return made(setUpId(org, `${def.name}.${name}`, '00N'))
  }),
  endpoint('GET', '/tooling/sobjects/CustomField/:id', 'read', (request, world) => {
    demand(world.state, 'ViewSetup')
    const { id, object, field } = customField(world, request.params.id ?? '')
    const on = tableOfFields(object.name)
    const FullName = `${on}.${field.name}`
    return { status: 200, json: { Id: id, FullName, TableEnumOrId: on, Metadata: metadataOf(field) } }
  }),
  endpoint('PATCH', '/tooling/sobjects/CustomField/:id', 'write', (request, world) => {
    demand(world.state, 'CustomizeApplication')
    const { field } = customField(world, request.params.id ?? '')
    const metadata = objectOf(bodyOf(request).Metadata, 'Metadata')
    if (field.type === 'picklist') Object.assign(field, picklist(metadata))
    if (typeof metadata.label === 'string') field.label = metadata.label
    changed(world)
    return { status: 204 }
  }),
  endpoint('POST', '/tooling/sobjects/ValidationRule', 'write', (request, world) => {
    const org = world.state
    demand(org, 'CustomizeApplication')
    const body = bodyOf(request)
    const [object = '', name = ''] = textOf(body.FullName, 'FullName').split('.')
    const metadata = objectOf(body.Metadata, 'Metadata')
    const def = objectNamed(org, object)
    const formula = textOf(metadata.errorConditionFormula, 'Metadata.errorConditionFormula')
    const message = textOf(metadata.errorMessage, 'Metadata.errorMessage')
    const display = metadata.errorDisplayField ?? null
    if (message.length > 255)
      throw refuse(400, 'STRING_TOO_LONG', 'errorMessage has 255 characters at most', ['errorMessage'])
    if (display !== null && !def.fields.some((f) => f.name === display))
      throw refuse(400, 'FIELD_INTEGRITY_EXCEPTION', 'errorDisplayField does not exist', ['errorDisplayField'])
    if (org.formulaRules.some((rule) => rule.object === def.name && rule.name === name))
      throw refuse(400, 'DUPLICATE_DEVELOPER_NAME', 'There is already a validation rule with this name.', [
        'DeveloperName',
      ])
    const holds = compileFormula(def, formula)
    const id = setUpId(org, `rule ${def.name}.${name}`, '03d')
    const isActive = metadata.active === true
    const fields = typeof display === 'string' ? [display] : []
    org.formulaRules.push({ id, object: def.name, name, isActive, formula, message, fields, holds })
    return made(id)
  }),
  endpoint('GET', '/tooling/sobjects/ValidationRule/:id', 'read', (request, world) => {
    demand(world.state, 'ViewSetup')
    const rule = world.state.formulaRules.find(({ id }) => id === request.params.id)
    if (rule === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
    const Metadata = {
      active: rule.isActive,
      errorConditionFormula: rule.formula,
      errorMessage: rule.message,
      errorDisplayField: rule.fields[0] ?? null,
    }
    return { status: 200, json: { Id: rule.id, ValidationName: rule.name, Active: rule.isActive, Metadata } }
  }),
  endpoint('PATCH', '/tooling/sobjects/StandardValueSet/:name', 'write', (request, world) => {
    const org = world.state
    demand(org, 'CustomizeApplication')
    const set = valueSets.find(({ name }) => name === request.params.name)
    if (set === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
    const metadata = objectOf(bodyOf(request).Metadata, 'Metadata')
    const values = arrayOf(metadata.standardValue, 'standardValue').map((value) =>
      textOf(objectOf(value, 'a value').valueName, 'valueName'),
    )
    for (const { object, field } of set.fields) {
      const found = objectNamed(org, object).fields.find((f) => f.name === field)
      if (found !== undefined) found.values = values
    }
    changed(world)
    return { status: 204 }
  }),
]

function customField(world: OrgWorld, id: string) {
  const found = customFields(world.state).find((one) => one.id === id)
  if (found === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
  return found
}

function changed({ state, clock }: OrgWorld): void {
  state.schemaChangedMs = clock.now()
}
