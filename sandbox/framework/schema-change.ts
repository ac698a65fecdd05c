/** What an administrator does to a vendor's fields, in one language for all vendors: `POST /_sandbox/schema`. */
import { z } from 'zod'

const at = { object: z.string(), field: z.string() }

/** What a field may be told to be; what is absent stays as it is, or is as usual for a new field. `type` is the vendor's own word. */
const traits = {
  type: z.string().optional(),
  label: z.string().optional(),
  length: z.int().min(1).optional(),
  required: z.boolean().optional(),
  readOnly: z.boolean().optional(),
  /** A formula: read-only, and its changes move no modification date. */
  computed: z.boolean().optional(),
  unique: z.boolean().optional(),
  values: z.array(z.string()).optional(),
  /** Whether values that are not listed are refused. */
  restricted: z.boolean().optional(),
  refersTo: z.array(z.string()).optional(),
}

export const schemaChange = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('add'), ...at, ...traits, type: z.string() }),
  z.strictObject({ do: z.literal('alter'), ...at, ...traits }),
  z.strictObject({ do: z.literal('remove'), ...at }),
  z.strictObject({ do: z.literal('rename'), ...at, to: z.string() }),
  z.strictObject({ do: z.literal('add-values'), ...at, values: z.array(z.string()).min(1) }),
  z.strictObject({ do: z.literal('remove-values'), ...at, values: z.array(z.string()).min(1) }),
])

/** Carried out one after another. */
export const schemaChanges = z.strictObject({ changes: z.array(schemaChange).min(1) })

export type SchemaChange = z.output<typeof schemaChange>
export type Traits = Partial<Omit<Extract<SchemaChange, { do: 'alter' }>, 'do' | 'object' | 'field'>>
