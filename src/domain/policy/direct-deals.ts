/** What happens when a direct rep opens a deal at an account that a partner has registered. */
import { z } from 'zod'
import { duration } from './values.ts'

export const directDeals = z.strictObject({
  /** Whether such deals are reviewed at all. */
  review: z.boolean().default(true),
  /** Whether the deal keeps its stage until the manager has decided. Only where the account has the registration's domain. */
  hold: z.boolean().default(true),
  /** How often the stage is set back where a CRM cannot hold it; after that it is left alone and the manager is told. */
  setBackAtMost: z.int().min(0).max(100).default(5),
  /** How long the rep's manager may take. */
  within: duration.prefault('48h'),
  /** How long after the question they are reminded. Absent: after half of `within`. null: nobody is reminded. */
  remindAfter: duration.nullable().optional(),
  /** Who hears when they did not decide within that. */
  escalateTo: z.email().nullable().default(null),
  /** What happens when they do not decide: the hold stays, the deal goes on, or it becomes the partner's. */
  atEnd: z.enum(['wait', 'release', 'reassign']).default('wait'),
  /** How long after the question that end is. Absent: `within`. */
  endAfter: duration.optional(),
  /** Who is asked where the rep's manager is not known. */
  to: z.email().nullable().default(null),
})
