/** What the org's administrators do to fields in Setup: made, renamed and altered as there, with what becomes of the values held. */
import { SchemaRefused } from '../framework/control.ts'
import type { SchemaChange, Traits } from '../framework/schema-change.ts'
import type { OrgWorld } from './endpoint.ts'
import { Decimal } from './exact-json.ts'
import { objectNamed, putRow, tableOf } from './org.ts'
import type { Org, Row, Value } from './org.ts'
import { Refusal } from './problem.ts'
import { follow } from './set-up.ts'
import { field, fieldTypes, isText } from './schema.ts'
import type { FieldDef, FieldType, ObjectDef } from './schema.ts'

export function changeSchema(world: OrgWorld, change: SchemaChange): void {
  const org = world.state
  follow(org, world.switches, world.clock.now())
  const def = defined(org, change.object)
  switch (change.do) {
    case 'add':
      if (def.fields.some((f) => f.name.toLowerCase() === change.field.toLowerCase()))
        throw new SchemaRefused(`${def.name} has a field ${change.field} already`)
      def.fields.push(field(change.field, typeOf(change.type), traitsOf(change)))
      break
    case 'alter': {
      const found = fieldOf(def, change.field)
      const before = found.type
      Object.assign(found, change.type === undefined ? {} : plainTraits(change.field, typeOf(change.type)))
      Object.assign(found, traitsOf(change))
      if (found.type !== before) rewrite(org, def, (row) => ({ ...row, [found.name]: carried(found, row[found.name]) }))
      break
    }
    case 'remove': {
      const found = customField(def, change.field)
      rewrite(org, def, (row) => without(row, found.name))
      def.fields = def.fields.filter((f) => f !== found)
      break
    }
    case 'rename': {
      const found = customField(def, change.field)
      if (!change.to.endsWith('__c')) throw new SchemaRefused('the name of a custom field ends in __c')
      const values = new Map([...tableOf(org, def.name).values()].map((row) => [row.id, row.values[change.field]]))
      rewrite(org, def, (row) => without(row, found.name))
      Object.assign(found, { name: change.to })
      if (found.relationshipName !== null) found.relationshipName = change.to.replace(/__c$/, '__r')
      rewrite(org, def, (row, id) => ({ ...row, [change.to]: values.get(id) ?? null }))
      break
    }
    case 'add-values': {
      const found = fieldOf(def, change.field)
      found.values = [...new Set([...(found.values ?? []), ...change.values])]
      break
    }
    case 'remove-values': {
      // Records keep the value; it is refused, where the field is restricted, when it is written.
      const found = fieldOf(def, change.field)
      found.values = (found.values ?? []).filter((value) => !change.values.includes(value))
      break
    }
  }
  org.schemaChangedMs = world.clock.now()
}

function defined(org: Org, name: string): ObjectDef {
  try {
    return objectNamed(org, name)
  } catch (error) {
    if (error instanceof Refusal) throw new SchemaRefused(`there is no object ${name}`)
    throw error
  }
}

function fieldOf(def: ObjectDef, name: string): FieldDef {
  const found = def.fields.find((f) => f.name === name)
  if (found === undefined) throw new SchemaRefused(`${def.name} has no field ${name}`)
  return found
}

function customField(def: ObjectDef, name: string): FieldDef {
  const found = fieldOf(def, name)
  if (!found.custom) throw new SchemaRefused(`${name} is a standard field: it stays`)
  return found
}

function typeOf(name: string): FieldType {
  const found = fieldTypes.find((type) => type === name)
  if (found === undefined) throw new SchemaRefused(`${name} is not one of ${fieldTypes.join(', ')}`)
  return found
}

function plainTraits(name: string, type: FieldType): Partial<FieldDef> {
  const { length, precision, scale } = field(name, type)
  return { type, length, precision, scale }
}

function traitsOf({ label, length, required, readOnly, computed, unique, values, restricted, refersTo }: Traits) {
  const isWritable =
    readOnly === undefined && computed === undefined ? undefined : readOnly !== true && computed !== true
  const traits: Partial<FieldDef> = {
    ...(label === undefined ? {} : { label }),
    ...(length === undefined ? {} : { length }),
    ...(required === undefined ? {} : { nillable: !required }),
    ...(isWritable === undefined ? {} : { createable: isWritable, updateable: isWritable }),
    ...(computed === undefined ? {} : { calculated: computed }),
    ...(unique === undefined ? {} : { unique, externalId: unique }),
    ...(values === undefined ? {} : { values }),
    ...(restricted === undefined ? {} : { restricted }),
    ...(refersTo === undefined ? {} : { referenceTo: refersTo }),
  }
  return traits
}

/** A value after its field's type changed: what the new type cannot hold is lost, as the platform warns before it does so. */
function carried(to: FieldDef, value: Value | undefined): Value {
  if (value === null || value === undefined) return null
  const text = value instanceof Decimal ? value.text : String(value)
  if (isText(to.type)) return text
  switch (to.type) {
    case 'currency':
    case 'double':
    case 'percent':
    case 'int':
      return /^-?\d+(\.\d+)?$/.test(text) ? new Decimal(text) : null
    case 'boolean':
      return text === 'true'
    case 'date':
      return /^\d{4}-\d\d-\d\d/.test(text) ? text.slice(0, 10) : null
    default:
      return null
  }
}

function without(values: Row['values'], name: string): Row['values'] {
  return Object.fromEntries(Object.entries(values).filter(([one]) => one !== name))
}

/** No stamp moves: what Setup does to a field is no edit of a record. */
function rewrite(org: Org, def: ObjectDef, values: (before: Row['values'], id: string) => Row['values']): void {
  for (const row of tableOf(org, def.name).values()) putRow(org, { ...row, values: values(row.values, row.id) })
}
