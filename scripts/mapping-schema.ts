/** Writes docs/reference/mapping.schema.json, by which an editor completes and checks a mapping document. */
import { z } from 'zod'
import { recordFields, recordKinds, type RecordKind } from '../src/domain/records.ts'
import { CUSTOM_FIELD } from '../src/mapping/document/checks.ts'
import { documentSchema, fieldSchema, type fieldsSchema, kindSchema } from '../src/mapping/document/schema.ts'
import { writePage } from './page.ts'

export function mappingSchema(): string {
  // What compiles reads a document; what an editor completes is the same with the names of each kind's fields.
  const { records, ...rest } = documentSchema.shape
  const byKind = recordKinds.map((kind) => [
    kind,
    z.union([kindSchema.extend({ fields: fieldsOf(kind) }).partial(), z.literal('off')]),
  ])
  const shape = z.strictObject({
    ...rest,
    records: z
      .strictObject(Object.fromEntries(byKind))
      .partial()
      .describe(records.description ?? ''),
  })
  const schema = z.toJSONSchema(shape, {
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const kind = kinds.get(zodSchema)
      if (kind === undefined) return
      const entry = { $ref: '#/$defs/Field' }
      Object.assign(jsonSchema, {
        type: 'object',
        properties: Object.fromEntries(recordFields[kind].map((field) => [field, entry])),
        patternProperties: { [CUSTOM_FIELD.source]: entry },
        additionalProperties: false,
      })
      delete jsonSchema.propertyNames
    },
  })
  return JSON.stringify({
    $comment: 'Made from src/mapping/document/schema.ts by scripts/mapping-schema.ts; not written by hand.',
    title: 'A mapping of Causeway: the records of one object of a connection',
    ...schema,
  })
}

const kinds = new Map<z.core.$ZodType, RecordKind>()

function fieldsOf(kind: RecordKind): typeof fieldsSchema {
  const fields = z.record(z.string(), fieldSchema).describe(`Where the fields of a ${kind} live at the vendor.`)
  kinds.set(fields, kind)
  return fields
}

if (import.meta.main) await writePage('mapping.schema.json', mappingSchema())
