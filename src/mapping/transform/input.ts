/** What an expression gets of a record: the fields that it reads, and nothing else leaves the process. */
import type { Fields, FieldValue } from '../../../connectors/contract.ts'
import type { FieldMapping } from '../definition.ts'
import { parseExpression } from './expression.ts'

/** As JSON. A field that is empty is missing there, so that an expression on it gives nothing instead of failing. */
export function inputOf(text: string, record: Fields): string {
  const { inputs } = parseExpression(text)
  const given: Record<string, Exclude<FieldValue, null> | Record<string, FieldValue>> = {}
  for (const name of inputs === 'all' ? Object.keys(record) : inputs) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    if (value === undefined || value === null || value === '') continue
    given[name] = value
    const [group, ...rest] = name.split('.')
    if (group === undefined || rest.length === 0) continue
    // `custom.region` is the field of that name, whether it is written as a path or in backquotes.
    const known = given[group]
    if (known === undefined) given[group] = { [rest.join('.')]: value }
    else if (typeof known === 'object' && !Array.isArray(known)) known[rest.join('.')] = value
  }
  return JSON.stringify(given)
}

/** The vendor's fields that a field's value is read from. */
export function pathsOf({ path, transform }: Pick<FieldMapping, 'path' | 'transform'>): readonly string[] {
  if (transform?.in === undefined) return [path]
  const { inputs } = parseExpression(transform.in)
  return inputs === 'all' ? [path] : [path, ...inputs]
}

/** Whether these fields of a vendor's record say anything of the field: all of those that it is read from are told. */
export function isPresent(field: Pick<FieldMapping, 'path' | 'transform'>, fields: Fields): boolean {
  if (field.transform?.in === undefined) return field.path in fields
  const { inputs } = parseExpression(field.transform.in)
  return inputs === 'all' || inputs.length === 0
    ? field.path in fields
    : inputs.every((name) => Object.hasOwn(fields, name))
}
