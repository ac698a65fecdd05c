/** A document against everything that is known of its place: its default, the other objects, and the vendor's schema of today. Pure. */
import type { FieldSchema } from '../../../connectors/contract.ts'
import type { ObjectMapping } from '../definition.ts'
import type { CheckedDocument } from '../document/check.ts'
import type { Surroundings } from '../document/surroundings.ts'
import type { Finding } from '../finding.ts'
import { lossy } from '../lossy.ts'
import { checkRest, pinRest, withRest, type PinnedRest } from '../rest.ts'
import { checkAgainst } from './check.ts'

export interface WholeCheck {
  /** With the rests of its picklists paired. Null where the document cannot be understood. */
  mappings: ObjectMapping[] | null
  rest: PinnedRest
  /** In the order of their lines. */
  findings: Finding[]
}

/**
 * @param schema null: the vendor did not describe the object, so the rests of picklists stay open
 * @param longest how long the ledger's values are, where somebody looked
 */
export function checkWhole(
  { mappings, findings, lineOf }: CheckedDocument,
  around: Surroundings,
  schema: readonly FieldSchema[] | null,
  longest: ReadonlyMap<string, number> = new Map(),
): WholeCheck {
  if (mappings === null) return { mappings, rest: {}, findings }
  if (schema === null) return { mappings, rest: {}, findings: [...findings, ...checkRest(mappings, [], lineOf)] }
  const rest = pinRest(mappings, schema)
  const whole = withRest(mappings, rest)
  const lived = [
    ...checkRest(mappings, schema, lineOf),
    ...checkAgainst(whole, { schema, capability: around.capability, lineOf, longest }),
    ...whole.flatMap((mapping) => lossy(mapping, lineOf, schema)),
  ].filter(
    (found) =>
      !findings.some(({ code, field, path }) => code === found.code && field === found.field && path === found.path),
  )
  return { mappings: whole, rest, findings: [...findings, ...lived].toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0)) }
}
