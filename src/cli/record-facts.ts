/** Records side by side, a column each, as a person compares them. */
import { z } from 'zod'
import { table, type Cell } from './print.ts'

const text = z.string().nullable()

export const recordFacts = z.looseObject({
  recordId: z.string(),
  kind: z.string(),
  fields: z.record(z.string(), z.string()),
  links: z.array(
    z.looseObject({ id: z.string(), connection: z.string(), object: z.string(), externalId: text, gone: z.boolean() }),
  ),
})
export type RecordFacts = z.infer<typeof recordFacts>

/** @param columns a heading and the record under it */
export function sideBySide(columns: [string, RecordFacts][], colour: boolean): string {
  const fields = [...new Set(columns.flatMap(([, record]) => Object.keys(record.fields)))]
  const rows: Cell[][] = [
    ['record', ...columns.map(([, record]) => record.recordId)],
    ['kind', ...columns.map(([, record]) => record.kind)],
    ...fields.map((field) => [field, ...columns.map(([, record]) => record.fields[field])]),
    ['kept in', ...columns.map(([, record]) => placesOf(record))],
  ]
  return table(['', ...columns.map(([heading]) => heading)], rows, colour)
}

function placesOf({ links }: RecordFacts): string {
  return links
    .map(({ connection, externalId, gone }) => `${connection} ${externalId ?? '(not yet)'}${gone ? ' (gone)' : ''}`)
    .join(', ')
}
