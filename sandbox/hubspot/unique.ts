/** The live holders of unique values, so that finding one walks no list of records. */
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'

/** The live record with this value, compared without case unless the switch says otherwise. */
export function holderOf(portal: Portal, type: ObjectType, name: string, value: string): StoredRecord | undefined {
  const holders = [...(portal.unique[type].get(indexKey(name, value)) ?? [])]
  return portal.switches.uniqueIgnoresCase ? holders[0] : holders.find((r) => r.properties[name] === value)
}

/** Enters a live record under all its unique values. */
export function hold(portal: Portal, record: StoredRecord): void {
  if (record.archivedAt !== null) return
  for (const key of keysOf(portal, record)) {
    const holders = portal.unique[record.type].get(key)
    if (holders === undefined) portal.unique[record.type].set(key, new Set([record]))
    else holders.add(record)
  }
}

/** Takes a record out, before its values change or it leaves. */
export function release(portal: Portal, record: StoredRecord): void {
  for (const key of keysOf(portal, record)) {
    const holders = portal.unique[record.type].get(key)
    holders?.delete(record)
    if (holders?.size === 0) portal.unique[record.type].delete(key)
  }
}

function keysOf(portal: Portal, record: StoredRecord): string[] {
  const keys: string[] = []
  for (const property of portal.properties[record.type].values()) {
    if (!property.hasUniqueValue) continue
    const value = record.properties[property.name] ?? null
    if (value !== null) keys.push(indexKey(property.name, value))
  }
  return keys
}

const indexKey = (name: string, value: string) => `${name} ${value.toLowerCase()}`
