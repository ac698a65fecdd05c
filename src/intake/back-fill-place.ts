/** Where a back-fill stands, as its run keeps it between two pages. */
import { z } from 'zod'

const placeSchema = z.discriminatedUnion('by', [
  /** By the vendor's list of everything that lives. */
  z.strictObject({ by: z.literal('list'), at: z.string().nullable() }),
  /** By what changed since an instant (null: ever), with a position apart from the live stream's. */
  z.strictObject({ by: z.literal('changes'), from: z.string().nullable(), at: z.string().nullable() }),
  /** By the records that we hold, for what changes at them without a trace; `at` is a link. */
  z.strictObject({ by: z.literal('held'), at: z.string().nullable() }),
  /** The stream's own first reading, shown as a back-fill; `at` is the stream's position. */
  z.strictObject({ by: z.literal('stream'), at: z.string().nullable() }),
])

export type Place = z.output<typeof placeSchema>

export function placeOf(cursor: string | null): Place {
  return placeSchema.parse(JSON.parse(cursor ?? 'null'))
}

export function cursorOf(place: Place): string {
  return JSON.stringify(place)
}
