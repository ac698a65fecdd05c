/** A contact of one partner that turns up at another: the first partner keeps the person, and a person is told of the second. */
import { anyOf } from '../db/any-of.ts'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { contacts } from '../db/schema/index.ts'
import { mappingOf, type System } from '../mapping/systems.ts'
import { readField, vendorValue, type Lookups, type Trouble } from '../mapping/translate.ts'

export interface Elsewhere {
  trouble: Trouble
  /** The contact that is known. */
  contactId: string
  /** Whose contact it is. */
  partnerId: string
}

interface Newcomer {
  externalId: string
  /** The record that it would be if it were nobody known. */
  ownId: string
  /** The record that its e-mail address belongs to. */
  holderId: string
  /** The partner that the vendor names, as a record of ours. */
  partnerId: string | null
  path: string
  found: string | null
}

/** The partner that a vendor's contact names. */
export function partnerIn(
  system: System,
  object: string,
  fields: Fields,
  lookups: Lookups,
): Pick<Newcomer, 'partnerId' | 'path' | 'found'> {
  const field = mappingOf(system, object, 'contact')?.fields.find((candidate) => candidate.field === 'partnerId')
  if (field === undefined) return { partnerId: null, path: '', found: null }
  const read = readField(field, fields, lookups)
  const raw = vendorValue(field, fields, lookups) ?? null
  return { partnerId: 'value' in read ? read.value : null, path: field.path, found: raw === null ? null : String(raw) }
}

/** Which of the contacts belong to another partner already, by vendor id. */
export async function contactsElsewhere(tx: Tx, newcomers: Newcomer[]): Promise<Map<string, Elsewhere>> {
  const asked = newcomers.filter(({ ownId, holderId }) => ownId !== holderId)
  if (asked.length === 0) return new Map()
  const ids = asked.map(({ holderId }) => holderId)
  const known = await tx
    .select({ id: contacts.id, partnerId: contacts.partnerId })
    .from(contacts)
    .where(anyOf(contacts.id, ids))
  // One that came with this very page is not written yet.
  const partnerOf = new Map([
    ...newcomers.map(({ ownId, partnerId }) => [ownId, partnerId] as const),
    ...known.map(({ id, partnerId }) => [id, partnerId] as const),
  ])
  return new Map(
    asked.flatMap(({ externalId, holderId, partnerId, path, found }): [string, Elsewhere][] => {
      const holder = partnerOf.get(holderId) ?? null
      if (holder === null || partnerId === null || holder === partnerId) return []
      const expected = 'the partner that the contact belongs to already'
      const trouble: Trouble = { field: 'partnerId', path, code: 'CW_CONTACT_ELSEWHERE', expected, found }
      return [[externalId, { trouble, contactId: holderId, partnerId: holder }]]
    }),
  )
}
