/** Writes docs/reference/mapping.schema.json; run it after a change to src/mapping/document/schema.ts or to the canonical fields. */
import { mappingSchema } from '../src/mapping/document/json-schema.ts'
import { writePage } from './page.ts'

export function mappingSchemaPage(): string {
  return JSON.stringify(mappingSchema())
}

if (import.meta.main) await writePage('mapping.schema.json', mappingSchemaPage())
