/** What counts as the same company beyond what everybody's rules say. */
import { z } from 'zod'

export const matching = z.strictObject({
  /** Domains of one company; a claim on one is a claim on all of them. */
  aliases: z.array(z.array(z.string().min(1)).min(2)).default([]),
})
