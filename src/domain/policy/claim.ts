/** What a policy's conditions may ask of a claim, and whether they hold. */
import { atMost, times } from '../money.ts'
import type { AmountRange, Conditions, DealType } from './conditions.ts'

/** Facts of a claim and its partner; null: not given. */
export interface ClaimFacts {
  amount: string | null
  currency: string | null
  tier: string | null
  /** Of the partner. */
  region: string | null
  group: string | null
  partnerType: string | null
  /** Of the prospect. */
  country: string | null
  products: readonly string[]
  dealType: DealType | null
  /** A civil day. */
  closeDate: string | null
}

/** What comparing amounts and tiers needs of a policy. */
export interface Measure {
  currency: string | null
  rates: Readonly<Record<string, string>>
  tiers: readonly string[]
}

/** `unknown`: nothing speaks against it, and something that is asked about is not given or not known to the policy. */
export interface Judgement {
  holds: 'yes' | 'no' | 'unknown'
  /** Codes of what failed or is missing. */
  why: string[]
}

/** Whether the conditions hold of a claim. Nothing asked for holds of every claim. */
export function judge(when: Conditions, claim: ClaimFacts, measure: Measure): Judgement {
  const failed: string[] = []
  const missing: string[] = []
  const asked = (code: string, wanted: readonly string[] | null, found: readonly string[]) => {
    if (wanted === null) return
    if (found.length === 0) missing.push(`${code}-missing`)
    else if (!found.some((one) => wanted.some((other) => isSame(one, other)))) failed.push(code)
  }
  if (when.amount !== null) {
    const amount = judgeAmount(when.amount, claim, measure)
    if (amount.holds === 'no') failed.push(...amount.why)
    else missing.push(...amount.why)
  }
  asked('currency', when.currencies, given(claim.currency))
  if (when.tiers !== null && isUnknownTier(claim.tier, measure)) missing.push('tier-unknown')
  else asked('tier', when.tiers, given(claim.tier))
  asked('region', when.regions, given(claim.region))
  asked('group', when.groups, given(claim.group))
  asked('partner-type', when.partnerTypes, given(claim.partnerType))
  asked('country', when.countries, given(claim.country))
  asked('product', when.products, claim.products)
  asked('deal-type', when.dealTypes, given(claim.dealType))
  const why = [...failed, ...missing]
  return { holds: failed.length > 0 ? 'no' : missing.length > 0 ? 'unknown' : 'yes', why }
}

/** Facts on which no rule decides: codes of what a person has to look at. */
export function doubtsOf(claim: ClaimFacts, today: string, measure: Measure): string[] {
  const { currency, rates } = measure
  const isStrange =
    claim.currency !== null && currency !== null && claim.currency !== currency && !(claim.currency in rates)
  return [
    ...(claim.closeDate !== null && claim.closeDate < today ? ['close-date-past'] : []),
    ...(isUnknownTier(claim.tier, measure) ? ['tier-unknown'] : []),
    ...(isStrange ? ['currency-unknown'] : []),
  ]
}

/** A tier that the policy's own list of tiers does not name. */
function isUnknownTier(tier: string | null, { tiers }: Measure): boolean {
  return tier !== null && tier.trim() !== '' && tiers.length > 0 && !tiers.some((one) => isSame(one, tier))
}

/** Where a tier stands, 0 the highest; null: the policy does not rank it. */
export function rankOf(tier: string | null, { tiers }: Measure): number | null {
  if (tier === null) return null
  const rank = tiers.findIndex((one) => isSame(one, tier))
  return rank === -1 ? null : rank
}

/** Names from two systems are one whatever their case. */
export function isSame(a: string, b: string): boolean {
  return a.trim().toLowerCase() === b.trim().toLowerCase()
}

function given(value: string | null): string[] {
  return value === null || value.trim() === '' ? [] : [value]
}

function judgeAmount(range: AmountRange, claim: ClaimFacts, measure: Measure): Judgement {
  if (claim.amount === null) return { holds: 'unknown', why: ['amount-missing'] }
  const unit = range.currency ?? measure.currency
  if (claim.currency === null || unit === null) return { holds: 'unknown', why: ['currency-missing'] }
  const value = comparable(claim.amount, claim.currency, unit, measure)
  const inUnit = (bound: string) => comparable(bound, unit, claim.currency ?? unit, measure)
  if (value === null) return { holds: 'unknown', why: ['other-currency'] }
  const below = (bound: string | null) => bound === null || !atMost(inUnit(bound) ?? bound, value)
  const upTo = (bound: string | null) => bound === null || atMost(value, inUnit(bound) ?? bound)
  const above = (bound: string | null) => bound === null || !atMost(value, inUnit(bound) ?? bound)
  const from = (bound: string | null) => bound === null || atMost(inUnit(bound) ?? bound, value)
  if (!upTo(range.upTo) || !below(range.below)) return { holds: 'no', why: ['amount-above-limit'] }
  if (!from(range.from) || !above(range.above)) return { holds: 'no', why: ['amount-below-limit'] }
  return { holds: 'yes', why: [] }
}

/** An amount in the policy's currency, or as it is where the other's currency is the same. null: no rate says what it is worth. */
function comparable(amount: string, own: string, other: string, { currency, rates }: Measure): string | null {
  if (own === other) return amount
  const rateOf = (code: string) => (code === currency ? '1' : (rates[code] ?? null))
  const rate = rateOf(own)
  return rate === null || rateOf(other) === null ? null : times(amount, rate)
}
