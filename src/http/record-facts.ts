/** How a record is shown to staff who say who is who. */
import { z } from '@hono/zod-openapi'
import { uuid } from './form.ts'

export const recordFacts = z
  .object({
    recordId: uuid,
    kind: z.string(),
    fields: z.record(z.string(), z.string()).openapi({ description: 'What the ledger holds' }),
    links: z.array(
      z.object({
        id: uuid,
        connection: z.string(),
        object: z.string(),
        externalId: z.string().nullable(),
        gone: z.boolean(),
      }),
    ),
  })
  .openapi('RecordFacts')
