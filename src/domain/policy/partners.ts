/** What the end of a partnership means for its claims. */
import { z } from 'zod'

export const partners = z.strictObject({
  /**
   * `keep`: its claims go on. `ask`: a person is asked of each protected one whether it stands. `end`: what is undecided is declined, what is
   * protected is revoked.
   */
  offboarded: z.enum(['keep', 'ask', 'end']).default('ask'),
})
