import type { Ctx, FieldSchema } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, objectsOf, textOf, type JsonObject } from './json.ts'

/** A form of deals or leads: its name for people, and its custom fields as `describe` shows them. */
export interface Form {
  name: string
  fields: FieldSchema[]
}

/** Reads the forms that partners fill to register a deal or a lead. `data` is a bare array in the vendor's client and a list elsewhere. */
export async function formsOf(client: Client, of: 'deals' | 'leads', ctx: Ctx): Promise<Form[]> {
  const path = `/${of}/form-templates`
  const data = await client.demand({ method: 'GET', path, route: path }, ctx)
  return objectsOf(isObject(data) ? data['items'] : data).map((form) => ({
    name: textOf(form['name']) ?? textOf(form['title']) ?? textOf(form['key']) ?? 'unnamed',
    fields: objectsOf(form['fields']).flatMap((field) => fieldSchema(field) ?? []),
  }))
}

function fieldSchema(field: JsonObject): FieldSchema | null {
  const apiName = textOf(field['api_name'])
  if (apiName === null) return null
  const options = Array.isArray(field['options']) ? field['options'] : []
  const values = options.flatMap(
    (option: unknown) => (isObject(option) ? textOf(option['value']) : textOf(option)) ?? [],
  )
  return {
    name: `fields.${apiName}`,
    label: textOf(field['name']) ?? apiName,
    type: textOf(field['type']) ?? 'input',
    required: field['required'] === true,
    writable: field['protected'] !== true,
    values: values.length === 0 ? null : values,
    restricted: textOf(field['type']) === 'picklist',
    multiple: textOf(field['type']) === 'checkbox' && values.length > 0,
  }
}
