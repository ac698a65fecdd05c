/** The document of a policy as it is written, with every short form. `inOneForm` leaves one form of each. */
import { z } from 'zod'
import { approvalRule } from './approval.ts'
import { approverRule, usualApprover } from './approver.ts'
import { calendar } from './calendars.ts'
import { conflicts } from './conflicts.ts'
import { decision, info } from './decision.ts'
import { directDeals } from './direct-deals.ts'
import { edits } from './edits.ts'
import { exclusivity } from './exclusivity.ts'
import { matching } from './matching.ts'
import { notices } from './notices.ts'
import { partners } from './partners.ts'
import { precedenceRule, usualPrecedence } from './precedence.ts'
import { priceRule } from './price.ts'
import { screening } from './screening.ts'
import { amount, currency, rate } from './values.ts'

export const policyDocument = z.strictObject({
  /** Names this edition of the policy; every ruling cites it. */
  version: z.string().min(1).max(80).default('1'),
  /** What partners and staff read above the rules. */
  title: z.string().min(1).default('Rules of engagement'),
  /** Of amounts in this document that name none. */
  currency: currency.nullable().default(null),
  /** How much of `currency` one unit of another is, for comparing amounts with limits. Fixed here, so that a ruling can be judged again. */
  rates: z.record(currency, rate).default({}),
  /** Every tier, the highest first; empty: any name is one, and none is higher. */
  tiers: z.array(z.string().min(1)).default([]),
  calendars: z.record(z.string(), calendar).default({}),
  screening: screening.prefault({}),
  matching: matching.prefault({}),
  precedence: z.array(precedenceRule).prefault(usualPrecedence),
  /** Approved or declined by rule. */
  approval: z.array(approvalRule).default([]),
  /** Short for a last rule of `approval`. */
  autoApprove: z
    .strictObject({
      upTo: amount,
      currency,
      /** Partner tiers that the rule holds for; empty means every tier. */
      tiers: z.array(z.string()).default([]),
    })
    .nullable()
    .default(null),
  approver: z.array(approverRule).prefault(usualApprover),
  decision: decision.prefault({}),
  info: info.prefault({}),
  conflicts: conflicts.prefault({}),
  exclusivity: exclusivity.prefault({}),
  price: z.array(priceRule).default([]),
  edits: edits.prefault({}),
  directDeals: directDeals.prefault({}),
  partners: partners.prefault({}),
  notices: notices.prefault({}),
})

export type PolicyDocument = z.output<typeof policyDocument>
