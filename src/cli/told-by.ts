/** What tells us of a connection's changes besides polling, in a cell. */
import { z } from 'zod'

export const feedsSchema = z.looseObject({
  subscriptions: z
    .looseObject({ present: z.array(z.string()), missing: z.array(z.string()), code: z.string().nullable() })
    .nullable(),
  isListening: z.boolean(),
  listenCode: z.string().nullable(),
})

export function toldBy({ subscriptions, isListening, listenCode }: z.infer<typeof feedsSchema>): string | null {
  const { present = [], missing = [], code = null } = subscriptions ?? {}
  const parts = [
    present.length > 0 ? `${present.length} subscriptions` : null,
    missing.length > 0 ? `${missing.length} missing` : null,
    code,
    isListening ? 'change stream' : null,
    listenCode,
  ].filter((part) => part !== null)
  return parts.length === 0 ? null : parts.join(', ')
}
