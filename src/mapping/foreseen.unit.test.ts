import { describe, expect, it } from 'vitest'
import type { FieldSchema } from '../../connectors/contract.ts'
import { foreseen } from './foreseen.ts'

const field = (name: string, more: Partial<FieldSchema> = {}): FieldSchema => ({
  name,
  label: name,
  type: 'string',
  required: false,
  writable: true,
  values: null,
  ...more,
})
const schema = [
  field('Name', { required: true, maxLength: 10 }),
  field('Stage', { values: ['Open', 'Won'] }),
  field('Id', { required: true, writable: false }),
  field('Notes'),
]

describe('a refusal that the vendor’s own description foretells', () => {
  it.each([
    ['a new record without a required field', { Notes: 'x' }, true, { code: 'CW_FIELD_MISSING', fields: ['Name'] }],
    ['a required field that is emptied', { Name: '' }, false, { code: 'CW_FIELD_MISSING', fields: ['Name'] }],
    ['a text that is too long', { Name: 'Hafenwerk AG' }, false, { code: 'CW_RECORD_TOO_LARGE', fields: ['Name'] }],
    [
      'a value that is no choice',
      { Name: 'Hafen', Stage: 'Lost' },
      true,
      { code: 'CW_RECORD_INVALID', fields: ['Stage'] },
    ],
    ['nothing, where a known record’s other fields change', { Notes: 'x' }, false, null],
    ['nothing, where all is well', { Name: 'Hafen', Stage: 'Won', Notes: null }, true, null],
  ])('%s', (_, fields, creates, expected) => {
    expect(foreseen(fields, schema, creates)).toEqual(expected)
  })
})
