/** How findings of a live check are worded, and where they stand. */
import type { Capability, FieldSchema } from '../../../connectors/contract.ts'
import type { RecordKind } from '../../domain/records.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Finding } from '../finding.ts'
import { nearest } from '../near-miss.ts'

/** Where the document says something; null: the default says it. */
export type LineOf = (kind: RecordKind, field?: string, key?: string) => number | null

export interface Live {
  capability: Capability
  schema: readonly FieldSchema[]
  /** How many characters the longest value has in the ledger, as `<kind>.<field>`, where somebody looked. */
  longest?: ReadonlyMap<string, number>
  lineOf?: LineOf
}

export type Say = (
  severity: Finding['severity'],
  code: ErrorCode,
  key: string,
  reason: string,
  proposal: string | null,
) => Finding

export function unknownPath(path: string, schema: readonly FieldSchema[], say: Say): Finding {
  const near = nearest(
    path,
    schema.map(({ name }) => name),
  )
  const labelled = schema.find(({ label }) => label.toLowerCase() === path.toLowerCase())?.name ?? null
  const meant = labelled ?? near
  return say(
    'error',
    'CW_MAPPING_PATH_UNKNOWN',
    'path',
    `the vendor has no field ${path}, or does not show it to the integration’s user`,
    meant === null
      ? 'Make the field at the vendor, let the integration’s user see it, or set it to `off`.'
      : `Write \`path: ${meant}\`.`,
  )
}

export function noSuchValue(
  path: string,
  value: string,
  values: readonly string[],
  severity: Finding['severity'],
  say: Say,
): Finding {
  const near = nearest(value, values)
  const reason = `${path} has no value ${JSON.stringify(value)}; it has ${listed(values)}`
  return say(
    severity,
    'CW_MAPPING_VALUE_UNKNOWN',
    'values',
    reason,
    near === null ? 'Pair it with one of these, or add the value at the vendor.' : `Write ${JSON.stringify(near)}.`,
  )
}

/** Long picklists are named by their beginning. */
export function listed(values: readonly string[]): string {
  const shown = values.slice(0, 12).map((value) => JSON.stringify(value))
  return values.length > shown.length
    ? `${shown.join(', ')} and ${String(values.length - shown.length)} more`
    : shown.join(', ')
}
