/** What objects and fields are: what describe answers, what a save is checked against, and what a query may name. */
export const fieldTypes = [
  'id',
  'string',
  'textarea',
  'email',
  'phone',
  'url',
  'picklist',
  'multipicklist',
  'reference',
  'boolean',
  'currency',
  'double',
  'int',
  'percent',
  'date',
  'datetime',
] as const
export type FieldType = (typeof fieldTypes)[number]

/** Whether values of the type are text. */
export function isText(type: FieldType): boolean {
  return !['boolean', 'currency', 'double', 'percent', 'int', 'date', 'datetime'].includes(type)
}

export interface FieldDef {
  name: string
  label: string
  type: FieldType
  length: number
  precision: number
  scale: number
  nillable: boolean
  createable: boolean
  updateable: boolean
  custom: boolean
  /** A formula: computed when it is read, so that its changes move no stamp. */
  calculated: boolean
  externalId: boolean
  unique: boolean
  caseSensitive: boolean
  values: string[] | null
  restricted: boolean
  referenceTo: string[]
  relationshipName: string | null
  defaultValue: string | boolean | null
}

export interface ObjectDef {
  name: string
  label: string
  prefix: string
  createable: boolean
  updateable: boolean
  deletable: boolean
  mergeable: boolean
  fields: FieldDef[]
}

/** A field with the usual values for what is not given. */
export function field(name: string, type: FieldType, more: Partial<FieldDef> = {}): FieldDef {
  const lengths: Partial<Record<FieldType, number>> = {
    string: 255,
    textarea: 32_000,
    email: 80,
    phone: 40,
    url: 255,
    picklist: 255,
    multipicklist: 4099,
  }
  return {
    name,
    type,
    label: name
      .replace(/__c$/, '')
      .replaceAll('_', ' ')
      .replaceAll(/([a-z])([A-Z])/g, '$1 $2'),
    length: type === 'id' || type === 'reference' ? 18 : (lengths[type] ?? 0),
    precision: type === 'currency' || type === 'double' ? 18 : 0,
    scale: type === 'currency' ? 2 : 0,
    nillable: type !== 'boolean',
    createable: true,
    updateable: true,
    custom: name.endsWith('__c'),
    calculated: false,
    externalId: false,
    unique: false,
    caseSensitive: false,
    values: null,
    restricted: false,
    referenceTo: [],
    relationshipName: null,
    defaultValue: null,
    ...more,
  }
}
