/** What names a mapping in the audit: a hash of what it says, so that the same mapping has the same version everywhere. */
import { createHash } from 'node:crypto'
import type { ObjectMapping } from './definition.ts'

const known = new WeakMap<ObjectMapping, string>()

/** Twelve hexadecimal digits that differ whenever anything in the mapping does; the order in which its parts were written is nothing. */
export function mappingVersion(mapping: ObjectMapping): string {
  const kept = known.get(mapping)
  if (kept !== undefined) return kept
  const version = versionOf(mapping)
  known.set(mapping, version)
  return version
}

/** The same of any settings. */
export function versionOf(settings: unknown): string {
  return createHash('sha256').update(JSON.stringify(settings, sorted)).digest('hex').slice(0, 12)
}

/** What marks the records that the mappings of an object have judged: the same for the same mappings. */
export function markOf(mappings: readonly ObjectMapping[]): string {
  return mappings.map(mappingVersion).join('.')
}

function sorted(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
}
