/** Properties and their groups. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { HubSpotError, invalid } from './errors.ts'
import type { Portal } from './portal.ts'
import { fieldTypes } from './properties.ts'
import type { Option, Property, PropertyType } from './properties.ts'
import { batchReply } from './answers.ts'
import { record } from './record.ts'
import { bodyOf, inputsOf, missing, routes, schemaScope, text, typeParam } from './routing.ts'

const longestName = 100

const under = (tail: string) => [`/crm/v3/properties/:type${tail}`, `/crm/properties/2026-09/:type${tail}`]

export const propertyRoutes = [
  ...routes('GET', under(''), 'read', list, schemaScope),
  ...routes('POST', under(''), 'write', create, schemaScope),
  ...routes('GET', under('/:name'), 'read', get, schemaScope),
  ...routes('PATCH', under('/:name'), 'write', update, schemaScope),
  ...routes('DELETE', under('/:name'), 'write', archive, schemaScope),
  ...routes('POST', under('/batch/create'), 'write', batchCreate, schemaScope),
  ...routes('POST', under('/batch/read'), 'read', batchRead, schemaScope),
  ...routes('GET', under('/groups'), 'read', listGroups, schemaScope),
  ...routes('POST', under('/groups'), 'write', createGroup, schemaScope),
  ...routes('GET', under('/groups/:name'), 'read', getGroup, schemaScope),
  ...routes('PATCH', under('/groups/:name'), 'write', updateGroup, schemaScope),
  ...routes('DELETE', under('/groups/:name'), 'write', archiveGroup, schemaScope),
]

function list(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const all = [...portal.properties[typeParam(request)].values()].filter((p) => p.archived === archived)
  return { status: 200, json: { results: all.map(propertyRow) } }
}

function get(request: SandboxRequest, portal: Portal): SandboxReply {
  return { status: 200, json: propertyRow(propertyOf(request, portal)) }
}

function create(request: SandboxRequest, portal: Portal): SandboxReply {
  return { status: 201, json: propertyRow(createProperty(request, portal, bodyOf(request))) }
}

function update(request: SandboxRequest, portal: Portal): SandboxReply {
  const property = propertyOf(request, portal)
  const body = bodyOf(request)
  if (property.hubspotDefined && (body['type'] !== undefined || body['fieldType'] !== undefined)) {
    throw invalid(`The definition of ${property.name} is read only`)
  }
  // Uniqueness is fixed at creation and no part of this call.
  if (typeof body['label'] === 'string') property.label = body['label']
  if (typeof body['description'] === 'string') property.description = body['description']
  if (typeof body['groupName'] === 'string') property.groupName = body['groupName']
  if (Array.isArray(body['options'])) {
    if (property.readOnlyOptions) throw invalid(`The options of ${property.name} are read only`)
    // The list is replaced as a whole: what is not in it is gone.
    property.options = optionsOf(body['options'], property.type)
  }
  property.updatedAt = portal.nowMs()
  return { status: 200, json: propertyRow(property) }
}

function archive(request: SandboxRequest, portal: Portal): SandboxReply {
  const property = propertyOf(request, portal)
  if (property.hubspotDefined) throw invalid(`${property.name} cannot be archived`)
  property.archived = true
  return { status: 204 }
}

function batchCreate(request: SandboxRequest, portal: Portal): SandboxReply {
  const results: unknown[] = []
  const errors: unknown[] = []
  for (const input of inputsOf(request, 100)) {
    try {
      results.push(propertyRow(createProperty(request, portal, input)))
    } catch (error) {
      if (!(error instanceof HubSpotError)) throw error
      errors.push(error.row(null))
    }
  }
  return batchReply(portal, errors.length === 0 ? 201 : 207, results, errors)
}

function batchRead(request: SandboxRequest, portal: Portal): SandboxReply {
  const known = portal.properties[typeParam(request)]
  const found = inputsOf(request, 100).map((input) => known.get(text(input['name'], 'name')))
  const results = found.flatMap((p) => (p === undefined || p.archived ? [] : [propertyRow(p)]))
  return batchReply(portal, 200, results, [])
}

function createProperty(request: SandboxRequest, portal: Portal, body: Record<string, unknown>): Property {
  const type = typeParam(request)
  const name = text(body['name'], 'name')
  const kind = text(body['type'], 'type')
  const fieldType = text(body['fieldType'], 'fieldType')
  const groupName = text(body['groupName'], 'groupName')
  if (!isPropertyType(kind)) throw invalid(`${kind} is not a property type`)
  if (!fieldTypes[kind].includes(fieldType)) throw invalid(`fieldType ${fieldType} does not go with type ${kind}`)
  if (!/^[a-z][a-z0-9_]*$/.test(name)) throw invalid(`${name} is not a property name: lower case letters, digits and _`)
  if (name.length > longestName) throw invalid(`${name} is longer than ${longestName} characters`)
  if (name.startsWith('hs_')) throw invalid(`${name}: names that begin with hs_ are HubSpot's own`)
  if (!portal.groups[type].has(groupName)) throw invalid(`Property group ${groupName} does not exist`)
  const existing = portal.properties[type].get(name)
  if (existing !== undefined && !existing.archived) {
    throw new HubSpotError(409, 'OBJECT_ALREADY_EXISTS', `Property ${name} already exists`)
  }
  const custom = [...portal.properties[type].values()].filter((p) => !p.hubspotDefined && !p.archived)
  if (custom.length >= portal.switches.customProperties)
    throw invalid(`This account may have ${portal.switches.customProperties} custom properties of ${type}`)
  if (body['hasUniqueValue'] === true && custom.filter((p) => p.hasUniqueValue).length >= 10)
    throw invalid('At most 10 properties may have unique values')
  const now = portal.nowMs()
  const property: Property = {
    name,
    type: kind,
    fieldType,
    groupName,
    label: text(body['label'], 'label'),
    description: typeof body['description'] === 'string' ? body['description'] : '',
    options: optionsOf(Array.isArray(body['options']) ? body['options'] : [], kind),
    hasUniqueValue: body['hasUniqueValue'] === true,
    hubspotDefined: false,
    calculated: false,
    readOnlyValue: false,
    readOnlyOptions: false,
    archived: false,
    createdAt: now,
    updatedAt: now,
  }
  portal.properties[type].set(name, property)
  return property
}

function listGroups(request: SandboxRequest, portal: Portal): SandboxReply {
  const groups = [...portal.groups[typeParam(request)].values()]
  return { status: 200, json: { results: groups.map((g) => ({ ...g, archived: false })) } }
}

function createGroup(request: SandboxRequest, portal: Portal): SandboxReply {
  const groups = portal.groups[typeParam(request)]
  const body = bodyOf(request)
  const name = text(body['name'], 'name')
  if (groups.has(name)) throw new HubSpotError(409, 'OBJECT_ALREADY_EXISTS', `Property group ${name} already exists`)
  const group = { name, label: text(body['label'], 'label'), displayOrder: groups.size }
  groups.set(name, group)
  return { status: 201, json: { ...group, archived: false } }
}

function updateGroup(request: SandboxRequest, portal: Portal): SandboxReply {
  const group = groupOf(request, portal)
  const label = bodyOf(request)['label']
  if (typeof label === 'string' && label !== '') group.label = label
  return { status: 200, json: { ...group, archived: false } }
}

function archiveGroup(request: SandboxRequest, portal: Portal): SandboxReply {
  const type = typeParam(request)
  const { name } = groupOf(request, portal)
  const held = [...portal.properties[type].values()].some((p) => p.groupName === name && !p.archived)
  if (held) throw invalid(`Property group ${name} has properties`)
  portal.groups[type].delete(name)
  return { status: 204 }
}

function getGroup(request: SandboxRequest, portal: Portal): SandboxReply {
  return { status: 200, json: { ...groupOf(request, portal), archived: false } }
}

function groupOf(request: SandboxRequest, portal: Portal) {
  const group = portal.groups[typeParam(request)].get(request.params['name'] ?? '')
  if (group === undefined) throw missing(`Property group ${request.params['name'] ?? ''}`)
  return group
}

function propertyOf(request: SandboxRequest, portal: Portal): Property {
  const property = portal.properties[typeParam(request)].get(request.params['name'] ?? '')
  if (property === undefined || property.archived !== (request.query.get('archived') === 'true')) {
    throw missing(`Property ${request.params['name'] ?? ''}`)
  }
  return property
}

function optionsOf(raw: unknown[], kind: PropertyType): Option[] {
  const given = raw.map((item, index) => {
    const option = record(item)
    return {
      label: text(option['label'], 'options.label'),
      value: text(option['value'], 'options.value'),
      displayOrder: typeof option['displayOrder'] === 'number' ? option['displayOrder'] : index,
      hidden: option['hidden'] === true,
    }
  })
  const values = new Set(given.map(({ value }) => value))
  if (values.size < given.length) throw invalid('Property options must have values of their own')
  if (kind === 'bool' && given.length > 0 && !(values.size === 2 && values.has('true') && values.has('false')))
    throw invalid('The options of a bool property are true and false')
  return given
}

function isPropertyType(kind: string): kind is PropertyType {
  return Object.hasOwn(fieldTypes, kind)
}

function propertyRow(p: Property): Record<string, unknown> {
  return {
    name: p.name,
    label: p.label,
    type: p.type,
    fieldType: p.fieldType,
    groupName: p.groupName,
    description: p.description,
    options: p.options,
    displayOrder: -1,
    calculated: p.calculated,
    externalOptions: false,
    hasUniqueValue: p.hasUniqueValue,
    hidden: false,
    hubspotDefined: p.hubspotDefined,
    formField: true,
    archived: p.archived,
    modificationMetadata: {
      archivable: !p.hubspotDefined,
      readOnlyDefinition: p.hubspotDefined,
      readOnlyOptions: p.readOnlyOptions,
      readOnlyValue: p.readOnlyValue,
    },
    createdAt: new Date(p.createdAt).toISOString(),
    updatedAt: new Date(p.updatedAt).toISOString(),
  }
}
