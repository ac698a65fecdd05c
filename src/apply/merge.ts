/** The three-way merge: what the vendor says now, what it said last, and what the ledger holds, field by field. */
import type { FieldMapping, ObjectMapping } from '../mapping/definition.ts'
import { asKept, flowsIn, type CanonicalRecord } from '../mapping/translate.ts'

export interface Merge {
  /** Fields of the ledger record that change. */
  changed: CanonicalRecord
  /** The ledger kept its value against the vendor's: the vendor is to be corrected. */
  ledgerWon: boolean
}

/**
 * Merges a vendor's record into ours.
 *
 * @param theirs the vendor's present values in our form; only these fields are looked at
 * @param base the values at the last common state, or null at first sight
 * @param ours the ledger's values
 */
export function merge(
  mapping: ObjectMapping,
  theirs: CanonicalRecord,
  base: CanonicalRecord | null,
  ours: CanonicalRecord,
): Merge {
  const result: Merge = { changed: {}, ledgerWon: false }
  for (const field of mapping.fields) {
    if (!(field.field in theirs)) continue
    const [their, our] = [theirs[field.field] ?? null, ours[field.field] ?? null]
    if (their === our || their === asKept(field, our)) continue
    if (takesTheirs(field, their, base === null ? undefined : (base[field.field] ?? null), our))
      result.changed[field.field] = their
    else result.ledgerWon = true
  }
  return result
}

function takesTheirs(
  field: FieldMapping,
  their: string | null,
  base: string | null | undefined,
  our: string | null,
): boolean {
  if (!flowsIn(field.update)) return false
  // At first sight an empty field says nothing: the vendor may not have what we are about to write.
  if (base === undefined) return our === null || (their !== null && field.wins === 'vendor')
  if (their === base) return false // the vendor did not move: our change stands and is on its way
  if (our === base || asKept(field, our) === base) return true
  return field.wins === 'vendor'
}
