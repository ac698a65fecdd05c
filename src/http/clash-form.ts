/** How a clash looks over the API, by itself and beside its record. */
import { z } from '@hono/zod-openapi'
import { instant, uuid } from './form.ts'

const value = z.string().nullable()

export const clash = z
  .object({
    id: uuid,
    at: z.string(),
    connection: z.string(),
    object: z.string(),
    externalId: z.string().nullable(),
    kind: z.string(),
    recordId: uuid,
    name: z.string().nullable(),
    field: z.string(),
    base: value.openapi({ description: 'What both sides held before' }),
    ours: value.openapi({ description: 'What all other systems say' }),
    theirs: value.openapi({ description: 'What the named system says' }),
    rule: z.enum(['vendor', 'ledger', 'newest', 'ask']),
    winner: z.enum(['open', 'ours', 'theirs']),
    decidedBy: z.string().nullable().openapi({ description: 'Null: the rule decided, or both came to one value' }),
    decidedAt: instant,
  })
  .openapi('Clash')
