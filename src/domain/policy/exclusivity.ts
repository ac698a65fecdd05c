/** How long an approved claim is protected, what prolongs it, and what its end means. */
import { z } from 'zod'
import { conditions } from './conditions.ts'
import { duration, ruleName, timeZone } from './values.ts'

export const termRule = z.strictObject({
  name: ruleName,
  when: conditions.prefault({}),
  for: duration,
  says: z.string().min(1).nullable().default(null),
})
export type TermRule = z.output<typeof termRule>

export const exclusivity = z.strictObject({
  for: duration.prefault('90d'),
  /** Other lengths by tier, deal size and what else `when` can ask: the first that holds counts. */
  terms: z.array(termRule).default([]),
  /** Short for terms that ask for a tier alone; asked after those. */
  byTier: z.record(z.string(), duration).default({}),
  /** In which the end is told to people. */
  timeZone: timeZone.default('UTC'),
  /** How long before the end partner and account manager are reminded, each time. */
  reminders: z.array(duration).nullable().default(null),
  /** Short for one reminder. */
  remindBefore: duration.nullable().default(null),
  extension: z
    .strictObject({
      for: duration.prefault('30d'),
      /** How often a registration may be extended; 0: never. */
      times: z.int().min(0).max(99).default(1),
      /** How long before the end it may be asked for at the earliest; null: at any time. */
      askFrom: duration.nullable().default(null),
      /** Who grants it: null, the approver of the registration. */
      grantedBy: z.email().nullable().default(null),
      decideWithin: duration.prefault('48h'),
      /** Granted without a person where this holds; null: never. */
      automaticWhen: conditions.nullable().default(null),
    })
    .prefault({}),
  onLapse: z
    .strictObject({
      /** One standing note on the deal in the CRM. */
      note: z.boolean().default(true),
    })
    .prefault({}),
  /** Whether a deal that is won after the protection ended still counts for its partner. */
  wonAfterLapse: z.enum(['credit', 'no-credit', 'ask']).default('ask'),
  /** How long after a lapse the same partner has to wait before registering the company again. */
  registerAgain: z.strictObject({ after: duration.prefault('0s') }).prefault({}),
})
