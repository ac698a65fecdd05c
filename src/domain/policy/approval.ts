/** Which claims are approved or declined without a person: ordered rules, of which the first that holds decides. */
import { z } from 'zod'
import { conditions } from './conditions.ts'
import { ruleName } from './values.ts'

export const approvalRule = z.strictObject({
  name: ruleName,
  when: conditions.prefault({}),
  ruling: z.enum(['approve', 'decline', 'ask']),
  /** Where the claim does not say what `when` asks about: a person decides, the claim is declined, or the next rule is asked. */
  missing: z.enum(['ask', 'decline', 'next']).default('ask'),
  /** Told to the partner with a decline. */
  reason: z.string().min(1).nullable().default(null),
  says: z.string().min(1).nullable().default(null),
})

export type ApprovalRule = z.output<typeof approvalRule>
