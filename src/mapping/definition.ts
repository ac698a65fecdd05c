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
      /** The vendor's id that is written when ours has none there or has left: the fallback of an owner. */
      fallback?: string
    }

/**
 * Who wins when a field was changed on both sides: the vendor of this mapping, the ledger (what the other systems said), the later
 * change by the vendors' own clocks, or whom a person chooses; until then each side keeps its value.
 */
export type Wins = 'vendor' | 'ledger' | 'newest' | 'ask'

/** Which records are written: only ones that the vendor does not have, only ones that it has, or both. */
export type WriteMode = 'create-only' | 'update-only' | 'upsert'

export interface FieldMapping {
  /** The canonical field. */
  field: string
  /** The vendor's field name as the connector's `Fields` has it. */
  path: string
  conversion: Conversion
  create: Direction
  update: Direction
  /** Who wins when both sides changed since the last common state. */
  wins: Wins
  /** Canonical value → vendor value for picklists; a value without a pair passes unchanged. */
  values?: Record<string, string>
  /** The vendor value that a record gets at its creation when ours has none, for fields that the vendor requires. */
  initial?: string
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
  /** Tells this kind from others of the same object: the record is of this kind when the vendor field has one of the values. */
  when?: { path: string; in: string[] }
}
