/** Properties and their groups. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { HubSpotError, invalid } from './errors.ts'
import type { Portal } from './portal.ts'
import { fieldTypes } from './properties.ts'
import type { Option, Property, PropertyType } from './properties.ts'
import { batchReply } from './answers.ts'
import { record } from './record.ts'
import { bodyOf, inputsOf, missing, routes, schemaScope, text, typeParam } from './routing.ts'

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
  if (Array.isArray(body['options'])) property.options = optionsOf(body['options'])
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
  if (!portal.groups[type].has(groupName)) throw invalid(`Property group ${groupName} does not exist`)
  const existing = portal.properties[type].get(name)
  if (existing !== undefined && !existing.archived) {
    throw new HubSpotError(409, 'OBJECT_ALREADY_EXISTS', `Property ${name} already exists`)
  }
  const unique = [...portal.properties[type].values()].filter((p) => p.hasUniqueValue && !p.hubspotDefined)
  if (body['hasUniqueValue'] === true && unique.length >= 10)
    throw invalid('At most 10 properties may have unique values')
  const now = portal.nowMs()
  const property: Property = {
    name,
    type: kind,
    fieldType,
    groupName,
    label: text(body['label'], 'label'),
    description: typeof body['description'] === 'string' ? body['description'] : '',
    options: Array.isArray(body['options']) ? optionsOf(body['options']) : [],
    hasUniqueValue: body['hasUniqueValue'] === true,
    hubspotDefined: false,
    calculated: false,
    readOnlyValue: false,
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

function getGroup(request: SandboxRequest, portal: Portal): SandboxReply {
  const group = portal.groups[typeParam(request)].get(request.params['name'] ?? '')
  if (group === undefined) throw missing(`Property group ${request.params['name'] ?? ''}`)
  return { status: 200, json: { ...group, archived: false } }
}

function propertyOf(request: SandboxRequest, portal: Portal): Property {
  const property = portal.properties[typeParam(request)].get(request.params['name'] ?? '')
  if (property === undefined || property.archived !== (request.query.get('archived') === 'true')) {
    throw missing(`Property ${request.params['name'] ?? ''}`)
  }
  return property
}

function optionsOf(raw: unknown[]): Option[] {
  return raw.map((item, index) => {
    const option = record(item)
    return {
      label: text(option['label'], 'options.label'),
      value: text(option['value'], 'options.value'),
      displayOrder: typeof option['displayOrder'] === 'number' ? option['displayOrder'] : index,
      hidden: option['hidden'] === true,
    }
  })
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
      readOnlyOptions: p.hubspotDefined,
      readOnlyValue: p.readOnlyValue,
    },
    createdAt: new Date(p.createdAt).toISOString(),
    updatedAt: new Date(p.updatedAt).toISOString(),
  }
}
