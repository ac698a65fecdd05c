/** What follows of a conflict beside its ruling: who is told by when, and the audit of what both sides pursue. */
import { z } from 'zod'
import { duration } from './values.ts'

export const conflicts = z.strictObject({
  /** Both partners are told within so many elapsed hours of the detection. */
  tellPartnersWithin: duration.prefault('24h'),
  audit: z
    .strictObject({
      every: z.enum(['quarter', 'month', 'week', 'never']).default('quarter'),
      /** How long who answers for a row may take. */
      within: duration.prefault('14d'),
      /** What a territory is: a group of countries, or whoever owns the deal or account. */
      by: z.enum(['country', 'owner']).default('country'),
      /** By which accounts are grouped: a territory of this list by its countries; what none names is `other`. */
      territories: z
        .record(
          z.string(),
          z.strictObject({ countries: z.array(z.string().min(2)).min(1), to: z.email().nullable().default(null) }),
        )
        .default({}),
      /** Who gets the audit and decides its rows where the territory names nobody. */
      to: z.email().nullable().default(null),
    })
    .prefault({}),
})
