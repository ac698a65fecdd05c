import { z } from 'zod'
import type { Ctx, FieldSchema } from '../contract.ts'
import type { Client } from './client.ts'
import { derivedFields } from './derived.ts'
import type { Derived } from './derived.ts'
import type { Settings } from './settings.ts'
import { demandedFields } from './values.ts'

const describeSchema = z.object({
  createable: z.boolean().default(true),
  updateable: z.boolean().default(true),
  fields: z.array(
    z.object({
      name: z.string(),
      label: z.string(),
      type: z.string(),
      length: z.coerce.number().default(0),
      nillable: z.boolean(),
      createable: z.boolean(),
      updateable: z.boolean(),
      defaultedOnCreate: z.boolean(),
      externalId: z.boolean().default(false),
      unique: z.boolean().default(false),
      calculated: z.boolean().default(false),
      precision: z.coerce.number().default(0),
      scale: z.coerce.number().default(0),
      relationshipName: z.string().nullish(),
      picklistValues: z.array(z.object({ value: z.string(), active: z.boolean() })).nullish(),
      restrictedPicklist: z.boolean().default(false),
      referenceTo: z.array(z.string()).nullish(),
    }),
  ),
})
type DescribedObject = z.output<typeof describeSchema>
export type DescribedField = DescribedObject['fields'][number]

/** The object as the integration user sees it: what it may not see is not there. */
export async function describedObject(client: Client, object: string, ctx: Ctx): Promise<DescribedObject> {
  const call = {
    method: 'GET',
    path: `/sobjects/${encodeURIComponent(object)}/describe`,
    route: '/sobjects/:object/describe',
  } as const
  return (await client.demand(call, describeSchema, ctx)).body
}

export async function describedFields(client: Client, object: string, ctx: Ctx): Promise<DescribedField[]> {
  return (await describedObject(client, object, ctx)).fields
}

export async function describeObject(
  client: Client,
  settings: Settings,
  object: string,
  ctx: Ctx,
): Promise<FieldSchema[]> {
  const fields = (await describedFields(client, object, ctx)).map(fieldOf)
  // What the codec makes or reads in its own way is as the codec says.
  const derived = [...derivedFields(object, settings).values()]
  const demanded = new Set(demandedFields(object))
  return [
    ...fields.map((field) => (demanded.has(field.name) ? { ...field, defaulted: true } : field)),
    ...derived.filter(({ name }) => fields.every((field) => field.name !== name)).map(madeField),
  ]
}

function fieldOf(f: DescribedField): FieldSchema {
  const values = (f.picklistValues ?? []).filter((v) => v.active).map((v) => v.value)
  return {
    name: f.name,
    label: f.label,
    type: f.type,
    required: !f.nillable && f.createable && !f.defaultedOnCreate,
    writable: f.createable || f.updateable,
    values: values.length > 0 ? values : null,
    maxLength: texts.has(f.type) && f.length > 0 ? f.length : null,
    computed: f.calculated,
    unique: f.unique || f.type === 'id',
    restricted: f.restrictedPicklist,
    defaulted: f.defaultedOnCreate,
    multiple: f.type === 'multipicklist',
    ...(f.precision > 0 ? { precision: f.precision, scale: f.scale } : {}),
    ...(f.type === 'reference' ? { refersTo: f.referenceTo ?? [] } : {}),
    ...(typeof f.relationshipName === 'string' ? { relation: f.relationshipName } : {}),
  }
}

function madeField({ name, label, values, writable }: Derived): FieldSchema {
  return { name, label, type: 'string', required: false, writable, values, maxLength: null, restricted: false }
}

const texts = new Set(['string', 'textarea', 'email', 'phone', 'url', 'picklist', 'multipicklist', 'combobox'])
