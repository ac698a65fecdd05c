/** Custom fields as the Tooling API says them: made from metadata, and told as metadata. */
import type { Body } from './body.ts'
import { objectOf, textOf } from './endpoint.ts'
import { Decimal } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import { setUpId } from './org.ts'
import type { Org } from './org.ts'
import { refuse } from './problem.ts'
import { field } from './schema.ts'
import type { FieldDef, FieldType, ObjectDef } from './schema.ts'

const types: Record<string, FieldType> = {
  Text: 'string',
  LongTextArea: 'textarea',
  Picklist: 'picklist',
  Lookup: 'reference',
  Checkbox: 'boolean',
  Currency: 'currency',
  Number: 'double',
  Percent: 'percent',
  Date: 'date',
  DateTime: 'datetime',
  Url: 'url',
  Email: 'email',
  Phone: 'phone',
}

/** What a type cannot be made without. */
const needed: Record<string, string[]> = {
  Text: ['length'],
  LongTextArea: ['length', 'visibleLines'],
  Picklist: ['valueSet'],
  Lookup: ['referenceTo', 'relationshipName'],
  Checkbox: ['defaultValue'],
  Currency: ['precision', 'scale'],
  Number: ['precision', 'scale'],
}

/** Throws FIELD_INTEGRITY_EXCEPTION for metadata that makes no field. */
export function fieldFrom(org: Org, name: string, metadata: Body): FieldDef {
  const given = textOf(metadata.type, 'Metadata.type')
  const type = types[given]
  if (type === undefined) throw integrity('This type of field is not known here', 'type')
  if (typeof metadata.label !== 'string')
    throw refuse(400, 'REQUIRED_FIELD_MISSING', 'Required fields are missing: [label]', ['label'])
  for (const key of needed[given] ?? [])
    if ((metadata[key] ?? null) === null)
      throw integrity(`Must specify '${key}' for a CustomField of type ${given}`, key)
  const {
    label,
    length,
    precision,
    scale,
    externalId,
    unique,
    caseSensitive,
    required,
    referenceTo,
    relationshipName,
    defaultValue,
  } = metadata
  if (typeof referenceTo === 'string' && !org.schema.has(referenceTo))
    throw integrity('referenceTo value must be a valid object', 'referenceTo')
  return field(name, type, {
    label,
    ...numbers({ length, precision, scale }),
    externalId: externalId === true,
    unique: unique === true,
    caseSensitive: caseSensitive === true,
    ...(type === 'boolean'
      ? { defaultValue: defaultValue === true || defaultValue === 'true' }
      : { nillable: required !== true }),
    ...(typeof referenceTo === 'string' && typeof relationshipName === 'string'
      ? { referenceTo: [referenceTo], relationshipName: name.replace(/__c$/, '__r') }
      : {}),
    ...(type === 'picklist' ? picklist(metadata) : {}),
  })
}

/** The values of `Metadata.valueSet`: those that are active, the default, and whether others are refused. */
export function picklist(metadata: Body): Pick<FieldDef, 'values' | 'restricted' | 'defaultValue'> {
  const set = objectOf(metadata.valueSet, 'Metadata.valueSet')
  const definition = objectOf(set.valueSetDefinition, 'Metadata.valueSet.valueSetDefinition')
  if (!Array.isArray(definition.value)) throw integrity('A picklist needs values', 'valueSet')
  const values = definition.value
    .map((value) => objectOf(value, 'a value'))
    .filter(({ isActive }) => isActive !== false)
    .map((value) => ({ name: textOf(value.valueName, 'valueName'), isDefault: value.default === true }))
  return {
    values: values.map(({ name }) => name),
    restricted: set.restricted === true,
    defaultValue: values.find(({ isDefault }) => isDefault)?.name ?? null,
  }
}

export function metadataOf(def: FieldDef): Record<string, unknown> {
  const type = Object.entries(types).find(([, known]) => known === def.type)?.[0] ?? 'Text'
  return {
    label: def.label,
    type,
    required: !def.nillable && def.type !== 'boolean',
    externalId: def.externalId,
    unique: def.unique,
    caseSensitive: def.caseSensitive,
    length: ['string', 'textarea'].includes(def.type) ? def.length : null,
    precision: def.precision === 0 ? null : def.precision,
    scale: def.precision === 0 ? null : def.scale,
    referenceTo: def.referenceTo[0] ?? null,
    relationshipName: def.relationshipName?.replace(/__r$/, '') ?? null,
    defaultValue: def.type === 'boolean' ? String(def.defaultValue === true) : null,
    valueSet:
      def.type === 'picklist'
        ? {
            controllingField: null,
            restricted: def.restricted,
            valueSetDefinition: {
              sorted: false,
              value: (def.values ?? []).map((value) => ({
                valueName: value,
                label: value,
                default: value === def.defaultValue,
                isActive: null,
              })),
            },
          }
        : null,
  }
}

/** Where an object's custom fields stand: those of tasks with those of events, on activities. */
export function tableOfFields(object: string): string {
  return object === 'Task' ? 'Activity' : object
}

/** Each custom field of the org, under the id that it keeps. */
export function customFields(org: Org): { id: string; object: ObjectDef; field: FieldDef }[] {
  return [...org.schema.values()].flatMap((object) =>
    object.fields
      .filter((f) => f.custom)
      .map((f) => ({ id: setUpId(org, `${object.name}.${f.name}`, '00N'), object, field: f })),
  )
}

function numbers(given: Record<'length' | 'precision' | 'scale', Json | undefined>): Partial<FieldDef> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value instanceof Decimal ? [[name, Number(value.text)]] : [])),
  )
}

function integrity(message: string, on: string) {
  return refuse(400, 'FIELD_INTEGRITY_EXCEPTION', message, [on])
}
