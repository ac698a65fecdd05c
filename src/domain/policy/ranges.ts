/** Which claims conditions mean, compared with one another: whether one holds wherever another does, and where both hold. */
import { atMost, times } from '../money.ts'
import { isSame, type Measure } from './claim.ts'
import type { AmountRange, Conditions } from './conditions.ts'

const lists = [
  'currencies',
  'tiers',
  'regions',
  'groups',
  'partnerTypes',
  'countries',
  'products',
  'dealTypes',
] as const

/** Whether `wide` holds of every claim of which `narrow` holds. */
export function covers(wide: Conditions, narrow: Conditions, measure: Measure): boolean {
  return lists.every((name) => isWithin(narrow[name], wide[name])) && coversAmounts(wide.amount, narrow.amount, measure)
}

/** Whether the two ask for the same but for the amount, and their amounts meet without one being part of the other. */
export function overlapInAmountAlone(a: Conditions, b: Conditions, measure: Measure): boolean {
  if (a.amount === null || b.amount === null) return false
  if (!lists.every((name) => isWithin(a[name], b[name]) && isWithin(b[name], a[name]))) return false
  if (coversAmounts(a.amount, b.amount, measure) || coversAmounts(b.amount, a.amount, measure)) return false
  const [one, other] = [edges(a.amount, measure), edges(b.amount, measure)]
  return one.unit === other.unit && !isPast(one.low, other.high) && !isPast(other.low, one.high)
}

/** Whether any amount at all is in the range. */
export function isEmpty(range: AmountRange): boolean {
  const { low, high } = edges(range, { currency: null, rates: {}, tiers: [] })
  return isPast(low, high)
}

function isWithin(narrow: readonly string[] | null, wide: readonly string[] | null): boolean {
  if (wide === null) return true
  return narrow !== null && narrow.every((one) => wide.some((other) => isSame(one, other)))
}

function coversAmounts(wide: AmountRange | null, narrow: AmountRange | null, measure: Measure): boolean {
  if (wide === null) return true
  if (narrow === null) return false
  const [outer, inner] = [edges(wide, measure), edges(narrow, measure)]
  return outer.unit === inner.unit && startsBefore(outer.low, inner.low) && endsAfter(outer.high, inner.high)
}

/** null: without end on this side. */
type Edge = { at: string; belongs: boolean } | null
interface Edges {
  low: Edge
  high: Edge
  unit: string | null
}

/** In the policy's currency where a rate says what they are worth there, else in their own. */
function edges(range: AmountRange, { currency, rates }: Measure): Edges {
  const own = range.currency ?? currency
  const rate = own === null || own === currency ? undefined : rates[own]
  const edge = (inside: string | null, outside: string | null): Edge => {
    const at = inside ?? outside
    return at === null ? null : { at: rate === undefined ? at : (times(at, rate) ?? at), belongs: inside !== null }
  }
  return {
    low: edge(range.from, range.above),
    high: edge(range.upTo, range.below),
    unit: rate === undefined ? own : currency,
  }
}

function startsBefore(outer: Edge, inner: Edge): boolean {
  if (outer === null) return true
  if (inner === null) return outer.at === '0' && outer.belongs
  return outer.at === inner.at ? outer.belongs || !inner.belongs : atMost(outer.at, inner.at)
}

function endsAfter(outer: Edge, inner: Edge): boolean {
  if (outer === null) return true
  if (inner === null) return false
  return outer.at === inner.at ? outer.belongs || !inner.belongs : atMost(inner.at, outer.at)
}

/** Whether what begins at `low` begins after what ends at `high` has ended. */
function isPast(low: Edge, high: Edge): boolean {
  if (low === null || high === null) return false
  return low.at === high.at ? !(low.belongs && high.belongs) : atMost(high.at, low.at)
}
