/** What a field mapping is: for each canonical field, where it lives at a vendor, which way it flows and how it is written there. */
import type { RecordKind } from '../domain/records.ts'

/** Which way a field flows: `in` from the vendor, `out` to it, `both`, or `none`. */
export type Direction = 'in' | 'out' | 'both' | 'none'

/**
 * How a value is written at the vendor, canonical form first:
 *
 * - `text`, `boolean`: as it is; `list`: strings joined by `;`
 * - `decimal`: decimal string ↔ number or numeric string; `cents`: decimal string ↔ whole number of cents
 * - `date`: civil date; `instant`: ISO UTC ↔ ISO with any offset; `epochMs`: ISO UTC ↔ milliseconds since 1970 (number or numeric string)
 * - `domain`: registrable host ↔ a web address or host name
 * - `lookup`: our record id ↔ the vendor's id of that record; `of` names the kind
 */
export type Conversion =
  | { as: 'text' | 'boolean' | 'list' | 'decimal' | 'cents' | 'date' | 'instant' | 'epochMs' | 'domain' }
  | {
      as: 'lookup'
      of: RecordKind
      object: string
      /**
       * The vendor's id that is written when ours has none there or has left: the fallback of an owner. Without it such an owner's
       * field is left as it is.
       */
      fallback?: string
    }

/**
 * Who wins when a field was changed on both sides since the last common state. A mapping is one side's, so its rules are said from
 * there: `vendor` is the system of this mapping, `ledger` is what all other systems said.
 *
 * - `vendor`: in a portal's mapping "the portal wins", in a CRM's mapping "the CRM wins"
 * - `ledger`: the other way round: in a CRM's mapping of a field that a portal fills, "the portal wins"
 * - `newest`: the later change by the vendors' own clocks, each corrected by how far it is ahead of ours. Vendors date records and
 *   not fields, so the vendor's side counts as changed when its record last was.
 * - `ask`: a person chooses. Until then each side keeps its value, and the field is neither written nor taken.
 *
 * Whatever decides, the value that lost is kept as a clash and can be put back.
 */
export type Wins = 'vendor' | 'ledger' | 'newest' | 'ask'

/**
 * Which records are written. `create-only`: what the vendor has is never changed. `update-only`: nothing is made there; a record
 * that it lacks waits, parked where people see it, until somebody makes it there. `upsert`: both.
 */
export type WriteMode = 'create-only' | 'update-only' | 'upsert'

/**
 * When a field that flows out is written to a record that exists: whenever it differs, or only while the vendor has no value. Such a
 * record is read just before, so that what its people have filled meanwhile stays.
 */
export type WriteWhen = 'always' | 'if-empty'

/**
 * What becomes of a value without a pair, either way:
 *
 * - `pass`: it goes through as it is
 * - `leave`: it leaves the other side's value alone. A vendor's own value is then no difference either, where the field flows in
 * - `park`: it parks its record with `CW_VALUE_UNPAIRED`
 * - a fallback stands for all that have none; where none is given for a way, they pass
 */
export type Unpaired = 'pass' | 'leave' | 'park' | { toVendor?: string; toOurs?: string }

/** The one currency of all amounts, or the vendor's field that names it for each record. */
export type AmountsIn = { is: string } | { path: string }

/** JSONata. `in` makes the canonical value of the vendor's fields, `out` the vendor's value of the canonical record. */
export interface Transformation {
  in?: string
  out?: string
}

export interface FieldMapping {
  /** The canonical field; `custom.<name>` for one that an admin added. */
  field: string
  /** The vendor's field name as the connector's `Fields` has it. */
  path: string
  conversion: Conversion
  create: Direction
  update: Direction
  /** Who wins when both sides changed since the last common state. */
  wins: Wins
  /** Canonical value → vendor value for picklists, written as it stands; in a `list` each item has its pair. */
  values?: Record<string, string>
  /**
   * Values that `values` does not name are paired with the vendor's value of the same name, whatever its case, spaces and hyphens.
   * It needs the vendor's schema, so it is resolved into `values` before the mapping is in force (`pairRest`).
   */
  rest?: 'same-name'
  /** Default `pass`. */
  unpaired?: Unpaired
  /** Default `always`. A field that is written at creation only has a `create` that flows out and an `update` that does not. */
  write?: WriteWhen
  /** Where a path is not enough. `path` still names the vendor's field that is read or written. */
  transform?: Transformation
  /** The vendor's number times this is ours: `0.01` for a percentage kept as 25 there and 0.25 here. A decimal, and not 0. */
  scale?: string
  /** In which currency the vendor's amounts are. Never converted: an amount of a record in another one is kept apart. */
  currency?: AmountsIn
  /** What becomes of an amount in another currency, either way. Default `park`: its record, with `CW_CURRENCY_OTHER`. */
  otherCurrency?: 'park' | 'leave'
  /** The vendor value that a record gets at its creation when ours has none, for fields that the vendor requires. */
  initial?: string
  /** The vendor keeps no record without it: where ours has no value, the one that it holds stays. */
  mandatory?: boolean
  /**
   * A record without this field cannot be taken in: its change is parked with `CW_FIELD_MISSING`. `known`: it may be without, but a
   * record that it names must be known, or the change waits, parked, until it is.
   */
  required?: boolean | 'known'
}

/** How records of one vendor object become records of one kind, and back. */
export interface ObjectMapping {
  object: string
  kind: RecordKind
  fields: FieldMapping[]
  /** Values written to every record of this kind, whatever the record says, for example the account type of a partner. */
  fixed?: Record<string, string | number | boolean>
  /** Default `upsert`. */
  mode?: WriteMode
  /** Before these paths are written the record is read, so that what else its people changed meanwhile comes in first. */
  readFirst?: readonly string[]
  /** Tells this kind from others of the same object: the record is of this kind when the vendor field has one of the values. */
  when?: { path: string; in: string[] }
}
