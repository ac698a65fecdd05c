/** What the turns of a process were, as a recorded history tells it. */
import { z } from 'zod'

const marked = z.object({
  markerRecordedEventAttributes: z.object({
    details: z.object({ result: z.object({ payloads: z.tuple([z.object({ data: z.string() })]) }) }),
  }),
})
const turn = z.object({ do: z.enum(['wait', 'end']), took: z.array(z.string()) })

/** @param history as `historyToJSON` writes it; one that was not gone in turns has none */
export function turnsOf(history: unknown): z.output<typeof turn>[] {
  const { events } = z.object({ events: z.array(z.unknown()) }).parse(history)
  return events.flatMap((event) => {
    const found = marked.safeParse(event)
    if (!found.success) return []
    const [{ data }] = found.data.markerRecordedEventAttributes.details.result.payloads
    const told = turn.safeParse(JSON.parse(Buffer.from(data, 'base64').toString()))
    return told.success ? [told.data] : []
  })
}
