/** The rules of engagement as a document: what is decided by rule, who is asked, and every duration. Judged by pure functions. */
import { z } from 'zod'
import { decimal } from './money.ts'
import { parseDuration } from './time.ts'

/** A duration such as `48h` or `90d`, as milliseconds. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== null) return ms
  context.addIssue({ code: 'custom', message: `expected a duration such as 30s, 15m, 48h or 90d, found "${text}"` })
  return z.NEVER
})

const amount = z.union([z.string(), z.number()]).transform((value, context) => {
  const plain = decimal(String(value))
  if (plain !== null) return plain
  context.addIssue({
    code: 'custom',
    message: `expected an amount such as 50000 or "1234.50", found "${String(value)}"`,
  })
  return z.NEVER
})

export const policySchema = z.strictObject({
  /** Names this edition of the policy; every ruling cites it. */
  version: z.string().min(1).default('1'),
  screening: z
    .strictObject({
      /** How long a registration may wait for its portals to be read past its submission, before a person is asked. */
      wait: duration.prefault('5m'),
      /** How much older than the claim our reading of the CRM may be when the claim is checked against it. */
      crmMaxAge: duration.prefault('0s'),
    })
    .prefault({}),
  autoApprove: z
    .strictObject({
      upTo: amount,
      currency: z.string().length(3),
      /** Partner tiers that the rule holds for; empty means every tier. */
      tiers: z.array(z.string()).default([]),
    })
    .nullable()
    .default(null),
  decision: z
    .strictObject({
      within: duration.prefault('48h'),
      remindAfter: duration.prefault('24h'),
      /** Who is asked when the partner has no account manager. */
      approver: z.email().nullable().default(null),
      escalateTo: z.email().nullable().default(null),
    })
    .prefault({}),
  /** A question to the partner, which stops the clock of the decision. */
  info: z
    .strictObject({
      answerWithin: duration.prefault('14d'),
      /** How long before that the partner is reminded. */
      remindBefore: duration.nullable().prefault('3d'),
      /** `review`: who asked decides with what is there. `wait`: the question stays open. */
      atEnd: z.enum(['review', 'wait', 'decline']).default('review'),
    })
    .prefault({}),
  exclusivity: z
    .strictObject({
      for: duration.prefault('90d'),
      /** Other lengths for the partners of some tiers. */
      byTier: z.record(z.string(), duration).default({}),
      remindBefore: duration.prefault('14d'),
    })
    .prefault({}),
})

export type Policy = z.infer<typeof policySchema>
