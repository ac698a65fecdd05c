/** Picklists: a canonical value ↔ the vendor's value of it, and what becomes of a value without a pair. */
import type { FieldValue } from '../../connectors/contract.ts'
import type { FieldMapping } from './definition.ts'

type Paired = Pick<FieldMapping, 'conversion' | 'values' | 'unpaired'>

/**
 * - `as-is`: it has no pair and passes; it is converted like any value
 * - `paired`: this stands for it on the other side, as it is
 * - `left`, `parked`: it does not pass
 */
export type Pairing =
  { is: 'as-is' } | { is: 'paired'; value: string | string[] } | { is: 'left' } | { is: 'parked'; value: string }

const asIs: Pairing = { is: 'as-is' }

/** What is written for our value. */
export function pairOut(field: Paired, value: string): Pairing {
  if (field.values === undefined && field.unpaired === undefined) return asIs
  return each(field, value.split(';'), value, (one) => pairOf(field, one), fallbackOf(field, 'toVendor'))
}

/** What the vendor's value is with us. Nothing is nothing, whatever is paired. */
export function pairIn(field: Paired, value: FieldValue | undefined): Pairing {
  if (field.values === undefined && field.unpaired === undefined) return asIs
  if (value === undefined || value === null || value === '') return asIs
  const items = [value].flat().flatMap((item) => String(item).split(';'))
  const whole = Array.isArray(value) ? value.join(';') : String(value)
  return each(field, items, whole, (one) => unpairOf(field, one), fallbackOf(field, 'toOurs'))
}

/** A list has a pair for each of its items, or is left or parked as a whole. */
function each(
  field: Paired,
  items: string[],
  whole: string,
  find: (one: string) => string | undefined,
  fallback: string | undefined,
): Pairing {
  const isList = field.conversion.as === 'list'
  const found = (isList ? items.filter((item) => item !== '') : [whole]).map((one) => ({ one, pair: find(one) }))
  const [stranger] = found.filter(({ pair }) => pair === undefined)
  if (stranger !== undefined && fallback === undefined) {
    if (field.unpaired === 'leave') return { is: 'left' }
    if (field.unpaired === 'park') return { is: 'parked', value: stranger.one }
    if (!isList) return asIs
  }
  const pairs = found.map(({ one, pair }) => ({ one, as: pair ?? fallback ?? one }))
  // Two items of a list may be one there.
  const kept = pairs.filter(({ one, as }, at) => !pairs.slice(0, at).some((p) => p.as === as && p.one !== one))
  return { is: 'paired', value: isList ? kept.map(({ as }) => as) : (pairs[0]?.as ?? whole) }
}

function fallbackOf({ unpaired }: Paired, way: 'toVendor' | 'toOurs'): string | undefined {
  return typeof unpaired === 'object' ? unpaired[way] : undefined
}

function pairOf({ values }: Paired, value: string): string | undefined {
  return values !== undefined && Object.hasOwn(values, value) ? values[value] : undefined
}

/** The first canonical value of a vendor value: several of ours may be written as one of theirs. */
function unpairOf({ values }: Paired, value: string): string | undefined {
  for (const [ours, theirs] of Object.entries(values ?? {})) if (theirs === value) return ours
  return undefined
}

/** What `rest: same-name` comes to. */
export interface Rest {
  values: Record<string, string>
  /** Values of ours that the vendor has no value of the same name for. */
  without: string[]
}

/**
 * The pairs of a mapping with those that `rest` stands for: each value of ours that has none gets the vendor's value of the same name,
 * whatever its case, spaces, hyphens and underscores. Pure; the values that are paired already stay as they are.
 *
 * @param ours the canonical values that are known for the field. Where none are, because it may hold any text, every value of the
 *   vendor's is paired with itself.
 * @param theirs the vendor's picklist as its schema has it
 */
export function pairRest(
  { values = {}, rest }: Pick<FieldMapping, 'values' | 'rest'>,
  ours: readonly string[],
  theirs: readonly string[],
): Rest {
  if (rest === undefined) return { values, without: [] }
  const taken = new Set(Object.values(values))
  const open = ours.length > 0 ? ours : theirs.filter((value) => !taken.has(value))
  const byName = new Map(theirs.toReversed().map((value) => [folded(value), value]))
  const result: Rest = { values: { ...values }, without: [] }
  for (const value of open) {
    if (Object.hasOwn(values, value)) continue
    const same = theirs.includes(value) ? value : byName.get(folded(value))
    if (same === undefined) result.without.push(value)
    else result.values[value] = same
  }
  return result
}

function folded(name: string): string {
  return name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s_\-‐‑–]+/g, '')
}
