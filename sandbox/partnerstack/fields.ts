/** Custom fields: written by `api_name`, kept by `internal_name`, shown as `fields[]`, `field_data` and `mdata`. */
import { z } from 'zod'
import { Refusal, type Call } from './exchange.ts'
import type { Form, FormField, FormType, PortalWorld, Value } from './state.ts'

const valueSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string())])

/** The three ways in that the vendor takes: `fields` as a list or an object, and the older `meta` and `field_data`. */
export const fieldsBody = {
  fields: z
    .union([
      z.array(
        z.object({
          api_name: z.string().optional(),
          internal_name: z.string().optional(),
          field_key: z.string().optional(),
          value: valueSchema.optional(),
        }),
      ),
      z.record(z.string(), valueSchema),
    ])
    .optional(),
  meta: z.record(z.string(), valueSchema).optional(),
  field_data: z.record(z.string(), valueSchema).optional(),
}
type FieldsBody = z.output<z.ZodObject<typeof fieldsBody>>

/** The form of this type that the group uses: one made for the group before one made for all. */
export function formOf(world: PortalWorld, type: FormType, groupKey: string, moldKey?: string | null): Form | null {
  const forms = [...world.state.forms.values()].filter((form) => form.type === type && !form.archived)
  if (moldKey !== undefined && moldKey !== null) {
    const form = forms.find(({ key }) => key === moldKey)
    if (!form) throw new Refusal(400, `'${moldKey}' is not a form of this group (mold_key)`)
    return form
  }
  return (
    forms.find(({ groups }) => groups.includes(groupKey)) ?? forms.find(({ groups }) => groups.length === 0) ?? null
  )
}

/** The written values by `internal_name`. Throws the 400 for a value that its field does not take. */
export function readFields({ world }: Pick<Call, 'world'>, form: Form | null, body: FieldsBody): Record<string, Value> {
  const values: Record<string, Value> = {}
  for (const [name, value] of written(body)) {
    const field = form?.fields.find((one) => [one.api_name, one.internal_name, one.field_key].includes(name))
    if (!field) {
      if (world.switches.unknownField === 'reject') throw new Refusal(400, `'${name}' is not a field of the form`)
      continue
    }
    checkValue(field, value)
    values[field.internal_name] = value
  }
  return values
}

/** Throws the 400 for the first required field without a value. Hidden fields are not on the partner's page. */
export function requireFields(form: Form | null, values: Record<string, Value>): void {
  for (const field of form?.fields ?? []) {
    const value = values[field.internal_name]
    if (field.required && !field.hidden && (value === undefined || value === null || value === '')) {
      throw new Refusal(400, `'${field.api_name}' is a required property`)
    }
  }
}

/** As records show them. `meta` comes back empty, and fields say `read_only` although they take writes: both are the vendor's. */
export function showFields(form: Form | null, values: Record<string, Value>): Record<string, unknown> {
  const fields = (form?.fields ?? []).map((field, position) => ({
    ...showField(field, position),
    value: values[field.internal_name] ?? null,
    read_only: true,
  }))
  const data = Object.fromEntries(fields.map(({ api_name, value }) => [api_name, value]))
  return { fields, field_data: data, mdata: data, meta: {} }
}

export function showField(field: FormField, position: number): Record<string, unknown> & { api_name: string } {
  const { protected: _, ...shown } = field
  return { ...shown, external_type: field.type, position, placeholder_text: '' }
}

function* written(body: FieldsBody): Generator<[string, Value]> {
  yield* Object.entries(body.meta ?? {})
  yield* Object.entries(body.field_data ?? {})
  if (!Array.isArray(body.fields)) {
    yield* Object.entries(body.fields ?? {})
    return
  }
  for (const { api_name, internal_name, field_key, value } of body.fields) {
    const name = api_name ?? internal_name ?? field_key
    if (name === undefined) throw new Refusal(400, "'api_name' is a required property")
    yield [name, value ?? null]
  }
}

function checkValue(field: FormField, value: Value): void {
  if (value === null) return
  if (field.protected) throw new Refusal(400, `'${field.api_name}' is protected and cannot be written`)
  const wrong = (expected: string) =>
    new Refusal(400, `${JSON.stringify(value)} is not ${expected} (${field.api_name})`)
  if (field.type === 'number' && (value === '' || !Number.isFinite(Number(value)))) throw wrong("of type 'number'")
  if (field.type === 'email' && value !== '' && !z.email().safeParse(value).success) throw wrong("a 'email'")
  if (field.type === 'picklist' && value !== '' && !field.options.includes(String(value))) {
    throw wrong(`one of ${JSON.stringify(field.options)}`)
  }
  if (typeof value === 'string' && field.type !== 'textarea' && value.length > 255)
    throw wrong('at most 255 characters long')
}
