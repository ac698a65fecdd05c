/**
 * What a claim says, and since when. Pure.
 *
 * A claim counts from its submission. What an edit brings in counts from that edit: else a partner could write another company into
 * an old registration and stand before everybody. What matched by a value that was there from the beginning counts from the beginning.
 */
import type { EditableField } from './policy/edits.ts'
import type { Matched } from './ruling.ts'
import type { Instant } from './time.ts'

/** Each field as a hash (null: empty), and since when it is so; null: since the submission. A field that is not named was not looked at. */
export type ClaimedKeys = Partial<Record<EditableField, { hash: string | null; since: Instant | null }>>

/** The same as they are now. */
export type PresentKeys = Readonly<Record<EditableField, string | null>>

/** The field of the claim that two companies met in; null: something that the claim does not say. */
export const fieldOf: Record<Matched, EditableField | null> = {
  id: null,
  'merged-there': null,
  'duplicate-there': null,
  domain: 'domain',
  alias: 'domain',
  'domain-name': 'domain',
  'contact-email': 'contactEmail',
  'shared-contact': 'contactEmail',
  'email-domain': 'contactEmail',
  name: 'company',
  'word-order': 'company',
  abbreviation: 'company',
  'former-name': 'company',
  'similar-name': 'company',
  transliteration: 'company',
  'unit-name': 'company',
  'longer-name': 'company',
  'part-of-name': 'company',
  initials: 'company',
  'name-in-domain': 'company',
}

/** Which of the fields say something else than when the claim was last looked at. */
export function editedFields(
  claimed: ClaimedKeys | null,
  present: PresentKeys,
  fields: readonly EditableField[],
): EditableField[] {
  return fields.filter((field) => {
    const known = claimed?.[field]
    return known !== undefined && known.hash !== present[field]
  })
}

/**
 * The keys as they are to be kept from now on.
 *
 * @param at when each field was changed
 */
export function followKeys(
  claimed: ClaimedKeys | null,
  present: PresentKeys,
  at: (field: EditableField) => Instant,
): ClaimedKeys {
  return Object.fromEntries(
    Object.entries(present).map(([name, hash]) => {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of the record, which `entries` widens
      const field = name as EditableField
      const known = claimed?.[field]
      if (known === undefined) return [field, { hash, since: null }]
      return [field, known.hash === hash ? known : { hash, since: at(field) }]
    }),
  )
}

/** From when the claim counts against another that it met on these keys. */
export function claimedSince(keys: ClaimedKeys, submission: Instant, matchedOn: readonly Matched[]): Instant {
  const instants = matchedOn.flatMap((key) => {
    const field = fieldOf[key]
    if (field === null) return []
    const since = keys[field]?.since ?? submission
    return [since > submission ? since : submission]
  })
  return instants.toSorted()[0] ?? submission
}
