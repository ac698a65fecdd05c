/** Settings as a flat list of paths, and where two lists differ. Pure: what the audit keeps of a change of configuration. */
import { isDeepStrictEqual } from 'node:util'

/** By paths such as `approval.bands.0.upTo`. */
export type Settings = Record<string, string | number | boolean | string[] | null>

/** Every value with its path. A group that holds nothing says nothing; null is said, and so no absence. */
export function settingsIn(value: unknown): Settings {
  return Object.fromEntries(leaves(value, ''))
}

function leaves(value: unknown, path: string): [string, string | number | boolean | string[]][] {
  if (value === undefined) return []
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return [[path, value]]
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return [[path, value]]
  if (typeof value !== 'object' || value === null) return [[path, 'null']]
  return Object.entries(value).flatMap(([key, one]) => leaves(one, path === '' ? key : `${path}.${key}`))
}

/** Only what differs, as the audit keeps it; null stands for what is not said. Null: nothing differs. */
export function changeBetween(
  before: Settings,
  after: Settings,
): { fields: string[]; values: { before: Settings; after: Settings } } | null {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  const fields = paths.filter((path) => !isDeepStrictEqual(before[path] ?? null, after[path] ?? null))
  if (fields.length === 0) return null
  const only = (all: Settings) => Object.fromEntries(fields.map((path) => [path, all[path] ?? null]))
  return { fields, values: { before: only(before), after: only(after) } }
}
