/** The JSON Schema of mapping documents, by which an editor completes and checks one while it is written. */
import { z } from 'zod'
import { customField, recordFields, recordKinds, type RecordKind } from '../../domain/records.ts'
import { documentSchema, fieldSchema, kindSchema, type fieldsSchema } from './schema.ts'

/** Each kind with the names of its fields. */
export function mappingSchema(): Record<string, unknown> {
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
        patternProperties: { [customField.source]: entry },
        additionalProperties: false,
      })
      delete jsonSchema.propertyNames
    },
  })
  return {
    $comment: 'Made from src/mapping/document/schema.ts and not by hand.',
    title: 'A mapping of Causeway: the records of one object of a connection',
    ...schema,
  }
}

const kinds = new Map<z.core.$ZodType, RecordKind>()

function fieldsOf(kind: RecordKind): typeof fieldsSchema {
  const fields = z.record(z.string(), fieldSchema).describe(`Where the fields of a ${kind} live at the vendor.`)
  kinds.set(fields, kind)
  return fields
}
