/** What price an approval carries: a reference to a discount, and the registered price that follows from it. */
import { z } from 'zod'
import { conditions } from './conditions.ts'
import { percent, ruleName } from './values.ts'

/** The first that holds is written to the deal at approval, and removed when the protection ends. None that holds: no price. */
export const priceRule = z.strictObject({
  name: ruleName,
  when: conditions.prefault({}),
  /** What the CRM's people know the discount by. */
  reference: z.string().min(1).max(80),
  /** Off the claim's amount; what is left is the registered price. null: the reference alone. */
  discount: percent.nullable().default(null),
  says: z.string().min(1).nullable().default(null),
})
