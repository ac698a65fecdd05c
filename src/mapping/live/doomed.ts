/** Which writes a vendor would refuse because of a change of its schema that is known: they are not sent in vain. Pure. */
import type { FieldSchema, Fields, FieldValue } from '../../../connectors/contract.ts'
import type { SchemaDifference } from './drift.ts'
import { familyOf } from './field-types.ts'

/** A change that breaks a mapping, and is not mended. */
export interface Break extends SchemaDifference {
  id: number
}

/** The first change that dooms these fields, or null. @param creates whether the write makes the record */
export function doomedBy(fields: Fields, creates: boolean, breaks: readonly Break[]): Break | null {
  return breaks.find((one) => dooms(one, fields, creates)) ?? null
}

function dooms({ kind, path, value, after }: Break, fields: Fields, creates: boolean): boolean {
  const isSent = Object.hasOwn(fields, path)
  const sent = fields[path] ?? null
  const isEmpty = sent === null || sent === ''
  switch (kind) {
    case 'field-removed':
    case 'became-read-only':
      return isSent
    case 'became-required':
    case 'field-added':
      return isEmpty && (creates || isSent)
    case 'length-changed':
      return after?.maxLength != null && typeof sent === 'string' && sent.length > after.maxLength
    case 'value-removed':
      return [sent].flat().some(
        (one) =>
          one !== null &&
          String(one)
            .split(';')
            .includes(value ?? ''),
      )
    case 'type-changed':
      return isSent && !isEmpty && after !== null && !isTaken(sent, after)
    case 'became-optional':
    case 'became-writable':
    case 'value-added':
    case 'rule-added':
    case 'rule-removed':
      return false
  }
}

/** Only what is certain to be refused: a text that is no number, say. */
function isTaken(sent: FieldValue, { values, restricted, ...field }: FieldSchema): boolean {
  const text = Array.isArray(sent) ? sent.join(';') : String(sent)
  switch (familyOf({ ...field, values, restricted: restricted ?? false })) {
    case 'number':
      return /^-?\d+(\.\d+)?$/.test(text)
    case 'boolean':
      return text === 'true' || text === 'false'
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text)
    case 'instant':
      return /^\d{4}-\d{2}-\d{2}T/.test(text) || /^\d+$/.test(text)
    case 'choice':
    case 'choices':
      return restricted !== true || values === null || text.split(';').every((one) => values.includes(one))
    case 'text':
    case 'epoch':
    case 'link':
    case 'other':
      return true
  }
}

/** The change in a sentence. */
export function sentenceOf({ kind, path, value, after }: SchemaDifference): string {
  switch (kind) {
    case 'field-removed':
      return `the vendor has no field ${path} any more, or does not show it`
    case 'field-added':
      return after?.required === true
        ? `the vendor has a new field ${path} and demands it`
        : `the vendor has a new field ${path}`
    case 'type-changed':
      return `${path} is of type ${after?.type ?? 'another one'} by now`
    case 'length-changed':
      return `${path} takes ${after?.maxLength == null ? 'any number of' : String(after.maxLength)} characters by now`
    case 'became-required':
      return `the vendor demands ${path} by now`
    case 'became-optional':
      return `the vendor demands ${path} no more`
    case 'became-read-only':
      return `${path} cannot be written any more`
    case 'became-writable':
      return `${path} can be written by now`
    case 'value-removed':
      return `${path} has no value ${JSON.stringify(value)} any more`
    case 'rule-added':
      return `${path} is under the rule ${value ?? ''} by now`
    case 'rule-removed':
      return `${path} is under the rule ${value ?? ''} no more`
    case 'value-added':
      return `${path} has a new value ${JSON.stringify(value)}`
  }
}
