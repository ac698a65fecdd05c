/** Who decides what no rule decides: ordered choices, of which the first that holds and names somebody counts. */
import { z } from 'zod'
import { conditions } from './conditions.ts'
import { ruleName } from './values.ts'

/** The partner's account manager, as the portal or CRM names them. */
export const ACCOUNT_MANAGER = 'account-manager'

export const approverRule = z.strictObject({
  name: ruleName,
  when: conditions.prefault({}),
  to: z.union([z.literal(ACCOUNT_MANAGER), z.email()], 'expected account-manager or an e-mail address'),
  says: z.string().min(1).nullable().default(null),
})

export type ApproverRule = z.output<typeof approverRule>

export const usualApprover: z.input<typeof approverRule>[] = [{ name: ACCOUNT_MANAGER, to: ACCOUNT_MANAGER }]
