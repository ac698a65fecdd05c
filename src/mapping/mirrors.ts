/** Deals live in one CRM, their home. Another CRM may hold a marked mirror: it is written, and what is edited there never comes in. */
import type { RecordKind } from '../domain/records.ts'
import type { FieldMapping, ObjectMapping } from './definition.ts'
import { reviewedAs } from './under-review.ts'
import { keepsCustomers, mappingOf, objectFor, type System, type Systems } from './systems.ts'
import { flowsOut, type CanonicalRecord } from './translate.ts'

/** Whether a connection's record of this deal is a mirror of one that lives elsewhere. */
export function isMirror(connection: string, kind: RecordKind, record: CanonicalRecord | undefined): boolean {
  const home = record?.['home'] ?? null
  return kind === 'deal' && home !== null && home !== connection
}

/** How this one record is kept at an object: as its mapping says, as a mirror, or as a deal under review. Undefined: it is not kept there. */
export function keptAs(
  system: System,
  object: string,
  kind: RecordKind,
  record: CanonicalRecord | undefined,
): ObjectMapping | undefined {
  const mapping = mappingOf(system, object, kind)
  if (mapping === undefined) return undefined
  if (isMirror(system.name, kind, record)) return mirrorOf(mapping)
  return kind === 'deal' && record !== undefined ? reviewedAs(mapping, record) : mapping
}

const mirrors = new WeakMap<ObjectMapping, ObjectMapping>()

/** The same mapping where nothing flows in. What only ever flowed in is left alone: it is the vendor's own, such as an owner. */
function mirrorOf(mapping: ObjectMapping): ObjectMapping {
  const known = mirrors.get(mapping)
  if (known !== undefined) return known
  const mirror = { ...mapping, fields: mapping.fields.map(outOnly) }
  mirrors.set(mapping, mirror)
  return mirror
}

function outOnly(field: FieldMapping): FieldMapping {
  const way = flowsOut(field.create) || flowsOut(field.update) ? 'out' : 'none'
  // A field that the vendor requires has names of its own, such as its stages: those of the home mean nothing here without a pair.
  const isStrange = field.initial !== undefined && typeof field.unpaired !== 'object'
  return { ...field, create: way, update: way, wins: 'ledger', ...(isStrange ? { unpaired: 'leave' } : {}) }
}

/** A CRM that keeps mirrors. */
export interface MirrorPlace {
  connection: string
  deals: string
  /** Where it keeps parts in deals as records of their own. */
  parties: string | undefined
  /** Whether the customer is one of them. */
  customers: boolean
}

/** Where deals of other homes are kept too. Never a portal. */
export function mirrorPlaces(systems: Systems): MirrorPlace[] {
  return [...systems.values()].flatMap((system): MirrorPlace[] => {
    const object = objectFor(system, 'deal')
    if (!system.mirrors || system.role !== 'crm' || object === undefined) return []
    const parties = objectFor(system, 'party')
    return [{ connection: system.name, deals: object, parties, customers: keepsCustomers(system) }]
  })
}
