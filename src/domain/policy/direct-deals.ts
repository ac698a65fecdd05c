/** What happens when a direct rep opens a deal at an account that a partner has registered. */
import { z } from 'zod'
import { duration } from './values.ts'

export const directDeals = z.strictObject({
  /** How long the rep's manager may take. */
  within: duration.prefault('48h'),
  /** What happens when they do not decide: the hold stays, or the deal goes on. */
  atEnd: z.enum(['wait', 'release']).default('wait'),
  /** Who is asked where the rep's manager is not known. */
  to: z.email().nullable().default(null),
})
