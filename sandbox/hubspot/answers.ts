/** How records and batches are answered. */
import type { SandboxReply } from '../framework/definition.ts'
import { objectTypes } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { record } from './record.ts'

const alwaysShown = ['hs_object_id', 'createdate', 'hs_lastmodifieddate']

/**
 * A record as answered: the system's properties, and of `names` those that exist; unknown ones are passed over silently. A write's
 * answer names what was written, or everything by switch.
 */
export function shown(portal: Portal, r: StoredRecord, names: string[]): Record<string, unknown> {
  const known = [...new Set([...alwaysShown, ...names])].filter(
    (name) => portal.properties[r.type].get(name)?.archived === false,
  )
  const properties = Object.fromEntries(known.map((name) => [name, r.properties[name] ?? null]))
  return {
    id: r.id,
    properties,
    createdAt: new Date(r.createdAt).toISOString(),
    updatedAt: new Date(r.updatedAt).toISOString(),
    archived: r.archivedAt !== null,
    ...(r.archivedAt === null ? {} : { archivedAt: new Date(r.archivedAt).toISOString() }),
    url: `https://app.hubspot.com/contacts/148000001/record/${objectTypes[r.type].id}/${r.id}`,
  }
}

/** The names that a write's answer carries. */
export function answered(portal: Portal, r: StoredRecord, input: Record<string, unknown>): string[] {
  if (portal.switches.writeAnswers === 'all') return Object.keys(r.properties)
  const key = typeof input['idProperty'] === 'string' ? [input['idProperty']] : []
  return [...Object.keys(record(input['properties'] ?? {})), ...key]
}

export function batchReply(portal: Portal, status: number, results: unknown[], errors: unknown[]): SandboxReply {
  const at = new Date(portal.nowMs()).toISOString()
  const failed = status === 207 ? { numErrors: errors.length, errors } : {}
  return { status, json: { status: 'COMPLETE', results, startedAt: at, completedAt: at, ...failed } }
}
