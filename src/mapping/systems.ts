/** The connected systems as the rooms of the road see them: names, roles, abilities and mappings; never a vendor. */
import type { EditRules } from '../domain/edit.ts'
import type { Capability } from '../../connectors/contract.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ObjectMapping } from './definition.ts'
import { pathsOf } from './transform/input.ts'

export interface System {
  /** The connection's name in causeway.yaml. */
  name: string
  role: 'portal' | 'crm'
  capabilities: readonly Capability[]
  /**
   * What is in force: of each object the published mapping, else the default. They are replaced as a whole, by `mappingsInForce` alone
   * and never while a transaction that asked for them is open.
   */
  mappings: readonly ObjectMapping[]
  /** What the connector says of an unedited configuration. Absent: what `mappings` began with. */
  defaults?: readonly ObjectMapping[]
  /** How many publications `mappings` has seen. Absent: none. */
  generation?: number
  /** Milliseconds between polls. */
  pollMs: number
  /** How often everything is compared anew with the vendor, in milliseconds; null: only when asked. */
  reconcileMs: number | null
  /** How often records whose mapping reads a computed field are read anew, in milliseconds; null: never for their sake. */
  refreshMs?: number | null
  /** What a delete at the vendor means here, by object; see `deletionOf`. */
  deletions: Readonly<Record<string, Deletion>>
  /** Deals whose home is another CRM are kept here too, as marked mirrors. */
  mirrors: boolean
  /** Lists and reports there whose accounts direct sales keeps for itself; absent: none. */
  namedLists?: readonly NamedList[]
  /** What the policy says of edits of registrations; absent: what it says where it says nothing. */
  edits?: EditRules
  /** Domains that the policy says are of one company; absent: none. */
  aliases?: readonly (readonly string[])[]
}

/** A list or report of a CRM that names accounts. */
export interface NamedList {
  source: string
  /** The vendor's id of it. */
  list: string
  everyMs: number
  /** Of all its accounts; null: each account's own. */
  territory: string | null
}

/**
 * What a delete at a vendor means: `ignore` leaves our link as it is; `mark` (default) marks it gone and lets the processes act;
 * `unlink` forgets the crosswalk, so that a record made anew is matched anew. A record of ours is never deleted.
 */
export type Deletion = 'ignore' | 'mark' | 'unlink'

export function deletionOf(system: System, object: string): Deletion {
  return system.deletions[object] ?? 'mark'
}

export type Systems = ReadonlyMap<string, System>

export function systemOf(systems: Systems, connection: string): System {
  const system = systems.get(connection)
  if (system === undefined) throw new Error(`no connection named ${connection}`)
  return system
}

export function capabilityOf(system: System, object: string): Capability {
  const capability = system.capabilities.find((candidate) => candidate.object === object)
  if (capability === undefined) throw new Error(`${system.name} has no object ${object}`)
  return capability
}

/** How records of a kind are kept at this object; undefined when they are not. */
export function mappingOf(system: System, object: string, kind: RecordKind): ObjectMapping | undefined {
  return system.mappings.find((mapping) => mapping.object === object && mapping.kind === kind)
}

/** The object that a system keeps records of a kind in, or undefined. */
export function objectFor(system: System, kind: RecordKind): string | undefined {
  return system.mappings.find((mapping) => mapping.kind === kind)?.object
}

/** Whether the vendor lets us make such a record: an upsert or create, or an association or member, whose setting makes it. */
export function canCreate({ write, key, update, makes = !update }: Capability): boolean {
  return write === 'upsert' || write === 'create' || (write === 'set' && key === null && makes)
}

/** The object that a system keeps records of a kind in and lets us make them in, or undefined. */
export function creatableObject(system: System, kind: RecordKind): string | undefined {
  const object = objectFor(system, kind)
  return object !== undefined && canCreate(capabilityOf(system, object)) ? object : undefined
}

/** Whether the customer of a deal is a party of its own there; elsewhere the deal's account says it. */
export function keepsCustomers(system: System): boolean {
  return system.mappings.some(
    ({ kind, fields }) => kind === 'party' && fields.some(({ field }) => field === 'accountId'),
  )
}

/** What a CRM's people sell directly, and to whom, is no partner's: it reaches no portal, whatever refers to it there. */
const OF_CRMS: readonly RecordKind[] = ['account', 'deal', 'party', 'user', 'task']

/** Whether we may make records of a kind at a system that has none of ours. */
export function mayReach({ role }: System, kind: RecordKind): boolean {
  return role !== 'portal' || !OF_CRMS.includes(kind)
}

/** What an unknown record is taken for: the mapping whose condition it meets, else the object's first without one. */
export function kindOf(system: System, object: string, fields: Record<string, unknown>): RecordKind {
  const mappings = system.mappings.filter((mapping) => mapping.object === object)
  const meets = mappings.find((m) => m.when?.in.includes(String(fields[m.when.path])) === true)
  const plain = mappings.find((m) => m.when === undefined)
  const kind = meets?.kind ?? plain?.kind ?? capabilityOf(system, object).kinds[0]
  if (kind === undefined) throw new Error(`${system.name}: ${object} is of no kind`)
  return kind
}

/** The vendor fields that a stream must read. */
export function fieldsOf(system: System, object: string): string[] {
  const paths = system.mappings
    .filter((m) => m.object === object)
    .flatMap((m) => [...m.fields.flatMap(pathsOf), ...Object.keys(m.fixed ?? {}), ...(m.when ? [m.when.path] : [])])
  return [...new Set(paths)]
}
