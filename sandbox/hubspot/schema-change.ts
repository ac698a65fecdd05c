/** What the portal's administrators do to properties in the settings. HubSpot renames none, and its API asks for no value of them. */
import { SchemaRefused } from '../framework/control.ts'
import type { SchemaChange, Traits } from '../framework/schema-change.ts'
import { objectTypeOf } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import { stageMetadata } from './pipelines.ts'
import type { Portal } from './portal.ts'
import { fieldTypes, options } from './properties.ts'
import type { Option, Property, PropertyType } from './properties.ts'
import { hold, release } from './unique.ts'
import { portalOf } from './world.ts'
import type { HubSpotWorld } from './world.ts'

export function changeSchema(world: HubSpotWorld, change: SchemaChange): void {
  const portal = portalOf(world)
  const type = objectTypeOf(change.object)
  if (type === null) throw new SchemaRefused(`there is no object ${change.object}`)
  if (change.do === 'add') {
    add(portal, type, change.field, change.type, change)
    return
  }
  const property = portal.properties[type].get(change.field)
  if (property === undefined || property.archived) throw new SchemaRefused(`${type} have no property ${change.field}`)
  property.updatedAt = portal.nowMs()
  switch (change.do) {
    case 'alter': {
      // The holders of unique values are entered by what is unique.
      const records = [...portal.records[type].values()]
      for (const record of records) release(portal, record)
      alter(property, change)
      for (const record of records) hold(portal, record)
      break
    }
    case 'remove':
      if (property.hubspotDefined) throw new SchemaRefused(`${change.field} is HubSpot's own: it stays`)
      property.archived = true
      break
    case 'rename':
      throw new SchemaRefused('a property keeps its name; only its label changes')
    case 'add-values':
      if (stagesOf(portal, type, change.field)) for (const id of change.values) addStage(portal, id)
      else property.options = [...property.options, ...later(property.options, change.values)]
      break
    case 'remove-values':
      if (stagesOf(portal, type, change.field)) removeStages(portal, change.values)
      else property.options = property.options.filter((option) => !change.values.includes(option.value))
      break
  }
}

/** The name of one that was archived may be used again; what it held is gone. */
function add(portal: Portal, type: ObjectType, name: string, kind: string, traits: Traits): void {
  const before = portal.properties[type].get(name)
  if (before !== undefined && !before.archived) throw new SchemaRefused(`${type} have a property ${name} already`)
  for (const record of portal.records[type].values()) {
    record.properties = Object.fromEntries(Object.entries(record.properties).filter(([one]) => one !== name))
  }
  const now = portal.nowMs()
  const property: Property = {
    name,
    label: name,
    ...kindOf(kind),
    groupName: `${type}information`,
    description: '',
    options: [],
    hasUniqueValue: false,
    hubspotDefined: false,
    calculated: false,
    readOnlyValue: false,
    readOnlyOptions: false,
    archived: false,
    createdAt: now,
    updatedAt: now,
  }
  alter(property, traits)
  portal.properties[type].set(name, property)
}

function alter(property: Property, traits: Traits): void {
  const { type, label, length, required, readOnly, computed, unique, values } = traits
  if (length !== undefined) throw new SchemaRefused('HubSpot’s properties have no length')
  if (required !== undefined) throw new SchemaRefused('HubSpot’s forms ask for values, its API does not')
  if (type !== undefined) Object.assign(property, kindOf(type))
  if (label !== undefined) property.label = label
  if (readOnly !== undefined) property.readOnlyValue = readOnly
  if (computed !== undefined) Object.assign(property, { calculated: computed, readOnlyValue: computed })
  if (unique !== undefined) property.hasUniqueValue = unique
  if (values !== undefined) property.options = options(...values)
}

function kindOf(kind: string): Pick<Property, 'type' | 'fieldType'> {
  if (!isPropertyType(kind)) throw new SchemaRefused(`${kind} is not one of ${Object.keys(fieldTypes).join(', ')}`)
  return { type: kind, fieldType: fieldTypes[kind][0] ?? 'text' }
}

function isPropertyType(kind: string): kind is PropertyType {
  return Object.hasOwn(fieldTypes, kind)
}

function later(before: Option[], values: string[]): Option[] {
  const known = new Set(before.map(({ value }) => value))
  return options(...values.filter((value) => !known.has(value))).map((option) => ({
    ...option,
    displayOrder: option.displayOrder + before.length,
  }))
}

/** A deal's stages are those of its pipelines. */
function stagesOf(portal: Portal, type: ObjectType, name: string): boolean {
  return type === 'deals' && name === 'dealstage' && portal.pipelines.has('deals')
}

function addStage(portal: Portal, id: string): void {
  const [pipeline] = portal.pipelines.get('deals') ?? []
  const now = portal.nowMs()
  pipeline?.stages.push({
    id,
    label: id,
    displayOrder: pipeline.stages.length,
    metadata: stageMetadata('0.5'),
    createdAt: now,
    updatedAt: now,
    archived: false,
  })
}

function removeStages(portal: Portal, ids: string[]): void {
  for (const { stages } of portal.pipelines.get('deals') ?? [])
    for (const stage of stages) if (ids.includes(stage.id)) stage.archived = true
}
