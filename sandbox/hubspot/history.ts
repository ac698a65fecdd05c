/** The values that a record's properties had, with who set them: what `propertiesWithHistory` is answered with. */
import type { Portal, StoredRecord } from './portal.ts'
import type { Source } from './records.ts'

export interface Setting {
  value: string
  at: number
  source: Source
}

/** How many values of a property are remembered, the newest. */
const remembered = 45

export function remember(record: StoredRecord, names: Iterable<string>, at: number, source: Source): void {
  for (const name of names) {
    const settings = record.history.get(name) ?? []
    settings.unshift({ value: record.properties[name] ?? '', at, source })
    settings.length = Math.min(settings.length, remembered)
    record.history.set(name, settings)
  }
}

/** The newest first, of those properties that exist. */
export function historyOf(portal: Portal, record: StoredRecord, names: string[]): Record<string, unknown> {
  const known = names.filter((name) => portal.properties[record.type].get(name)?.archived === false)
  return Object.fromEntries(
    known.map((name) => [
      name,
      (record.history.get(name) ?? []).map(({ value, at, source: { kind, id } }) => {
        const user = /^userId:(\d+)$/.exec(id)?.[1]
        const isTold = user !== undefined && portal.switches.historyTellsUser
        return {
          value,
          timestamp: new Date(at).toISOString(),
          sourceType: kind,
          ...(user === undefined || isTold ? { sourceId: id } : {}),
          ...(isTold ? { updatedByUserId: Number(user) } : {}),
        }
      }),
    ]),
  )
}
