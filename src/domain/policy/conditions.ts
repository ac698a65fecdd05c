/** What a rule of the policy may ask of a claim. One language for approval, approver, exclusivity, price and precedence. */
import { z } from 'zod'
import { amount, currency } from './values.ts'

export const dealTypes = ['new', 'renewal', 'expansion'] as const
/** What the claim is about: new business, or more of what the customer has already. */
export type DealType = (typeof dealTypes)[number]

const some = z
  .array(z.string().min(1))
  .min(1, 'expected at least one; leave it out where all are meant')
  .nullable()
  .default(null)

/** Bounds of an amount; `from` and `upTo` belong to it, `above` and `below` do not. */
export const amountRange = z
  .strictObject({
    from: amount.nullable().default(null),
    above: amount.nullable().default(null),
    upTo: amount.nullable().default(null),
    below: amount.nullable().default(null),
    /** Of the bounds; absent: the policy's own. */
    currency: currency.nullable().default(null),
  })
  .check(({ value, issues }) => {
    const message = bounds(value)
    if (message !== null) issues.push({ code: 'custom', input: value, message })
  })

export type AmountRange = z.output<typeof amountRange>

/** Every part that is given must hold; a list holds when the claim is one of it. Texts are compared without regard to case. */
export const conditions = z.strictObject({
  amount: amountRange.nullable().default(null),
  /** The claim's own currency. */
  currencies: z.array(currency).min(1).nullable().default(null),
  /** Of the partner. */
  tiers: some,
  regions: some,
  groups: some,
  partnerTypes: some,
  /** Of the prospect. */
  countries: some,
  /** The claim names at least one of these. */
  products: some,
  dealTypes: z.array(z.enum(dealTypes)).min(1).nullable().default(null),
})

export type Conditions = z.output<typeof conditions>

function bounds({
  from,
  above,
  upTo,
  below,
}: {
  from: string | null
  above: string | null
  upTo: string | null
  below: string | null
}): string | null {
  if (from !== null && above !== null) return 'expected one of from and above, found both'
  if (upTo !== null && below !== null) return 'expected one of upTo and below, found both'
  if (from === null && above === null && upTo === null && below === null)
    return 'expected at least one of from, above, upTo and below'
  return null
}
