/** The three-way merge: what the vendor says now, what it said last, and what the ledger holds, field by field. */
import type { Instant } from '../domain/time.ts'
import type { FieldMapping, ObjectMapping, Wins } from '../mapping/definition.ts'
import { asKept, type CanonicalRecord, type Lookups } from '../mapping/translate.ts'

export interface Sides {
  /** The vendor's present values in our form; only these fields are looked at. */
  theirs: CanonicalRecord
  /** The values at the last common state, or null at first sight. */
  base: CanonicalRecord | null
  /** The ledger's values. */
  ours: CanonicalRecord
  /** Fields that wait for a person's ruling. */
  held: ReadonlySet<string>
  /** When the vendor's record was last changed, and each field of ours, by one clock. */
  theirsAt: Instant
  oursAt: Readonly<Record<string, Instant>>
}

/** Two values for one field. The one that lost is kept here and nowhere else. */
export interface Clash {
  field: string
  base: string | null
  ours: string | null
  theirs: string | null
  rule: Wins
  /** `open`: a person has to rule, and each side keeps its value until then. */
  winner: 'open' | 'ours' | 'theirs'
}

export interface Merge {
  /** Fields of the ledger record that change. */
  changed: CanonicalRecord
  /** The ledger kept its value against the vendor's: the vendor is to be corrected. */
  ledgerWon: boolean
  /** Fields that both sides changed to different values. One that is held already tells how it stands now. */
  clashes: Clash[]
  /** Held fields on which both sides agree by now. */
  agreed: string[]
}

/**
 * Merges a vendor's record into ours. Pure, and no value is lost: what a side changed is in the ledger afterwards or in a clash.
 *
 * @param lookups how users of ours read after a stay at the vendor; see `asKept`
 */
export function merge(mapping: ObjectMapping, sides: Sides, lookups?: Lookups): Merge {
  const result: Merge = { changed: {}, ledgerWon: false, clashes: [], agreed: [] }
  for (const field of mapping.fields) {
    if (!(field.field in sides.theirs)) continue
    const [theirs, ours] = [sides.theirs[field.field] ?? null, sides.ours[field.field] ?? null]
    const base = sides.base === null ? undefined : (sides.base[field.field] ?? null)
    const clash = { field: field.field, base: base ?? null, ours, theirs, rule: field.wins }
    const isSame = theirs === ours || theirs === asKept(field, ours, lookups, sides.ours)
    if (sides.held.has(field.field)) {
      if (isSame) result.agreed.push(field.field)
      else result.clashes.push({ ...clash, winner: 'open' })
      continue
    }
    if (isSame) continue
    const undisputed = whoMoved(field, theirs, base, sides.ours, lookups)
    const winner = undisputed ?? ruled(field, sides)
    if (undisputed === undefined) result.clashes.push({ ...clash, winner })
    if (winner === 'theirs') result.changed[field.field] = theirs
    else if (winner === 'ours') result.ledgerWon = true
  }
  return result
}

/** Whose value stands without any rule, because the other side did not move; undefined when both did. */
function whoMoved(
  field: FieldMapping,
  theirs: string | null,
  base: string | null | undefined,
  record: CanonicalRecord,
  lookups?: Lookups,
): 'ours' | 'theirs' | undefined {
  const ours = record[field.field] ?? null
  // At first sight an empty field says nothing: the vendor may not have what we are about to write.
  if (base === undefined) return ours === null ? 'theirs' : theirs === null ? 'ours' : undefined
  if (theirs === base) return 'ours' // our change stands and is on its way
  return ours === base || asKept(field, ours, lookups, record) === base ? 'theirs' : undefined
}

function ruled({ field, wins }: FieldMapping, { theirsAt, oursAt }: Sides): Clash['winner'] {
  switch (wins) {
    case 'vendor':
      return 'theirs'
    case 'ledger':
      return 'ours'
    case 'newest': {
      const ourInstant = oursAt[field]
      return ourInstant === undefined || theirsAt >= ourInstant ? 'theirs' : 'ours'
    }
    case 'ask':
      return 'open'
  }
}
