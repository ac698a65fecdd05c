/**
 * Who set which value where, and what they knew: all that the oracle judges by. Nothing here knows how the road merges.
 *
 * Every edit of a user sets a value of its own, so a value tells whose it is wherever it turns up. Who edits a field knows every
 * edit whose value stood there before, and all that their makers knew: these edits are overridden by the new one.
 */
import type { FieldValue } from '../../connectors/contract.ts'

export interface Edit {
  n: number
  vendor: string
  /** The vendor's id of the record. */
  record: string
  /** The canonical field. */
  field: string
  value: string | null
  /** Edits that this one overrides. */
  knows: Set<number>
  /** By the run's own clock. */
  at: number
  /** The value that the record was made with. */
  isBirth: boolean
  /** Why nobody may insist on it: it was overwritten by a request that was on its way, or its record was merged away. */
  excuse: string | null
}

export class History {
  readonly edits: Edit[] = []
  #clock = 0
  readonly #seen = new Map<string, Set<number>>()
  readonly #current = new Map<string, Edit>()
  readonly #byValue = new Map<string, Edit[]>()
  readonly #copies = new Map<string, string>()

  now(): number {
    return (this.#clock += 1)
  }

  /** A user sets a field. */
  set(vendor: string, record: string, field: string, value: FieldValue | undefined, isBirth: boolean): void {
    const knows = new Set(this.#seenAt(vendor, record, field))
    this.#add(vendor, record, field, text(value), knows, isBirth)
  }

  /**
   * The road's request sets a field.
   *
   * @param lastRead when the sender last read the record, or undefined if it did not
   */
  landed(vendor: string, record: string, field: string, value: FieldValue, lastRead: number | undefined): void {
    const key = JSON.stringify([vendor, record, field])
    const before = this.#current.get(key)
    const set = text(value)
    if (before !== undefined && before.value !== set && lastRead !== undefined && before.at > lastRead)
      before.excuse = 'overwritten by a request that was on its way'
    const known = this.#byValue.get(`${field} ${String(set)}`)
    // A value that no user set: the road itself said it, such as the name of a deal that it makes.
    if (known === undefined) {
      const seen = new Set(this.#seenAt(vendor, record, field))
      this.#add(vendor, record, field, set, seen, true).excuse = 'of our own making'
      return
    }
    const seen = this.#seenAt(vendor, record, field)
    for (const n of withKnown(known)) seen.add(n)
    this.#current.delete(key)
  }

  /**
   * A person rules between two values of a field; whoever set either is overruled knowingly. The vendor's users do not see it before
   * it arrives.
   */
  rule(vendor: string, record: string, field: string, values: (string | null)[], stands: string | null): void {
    const ruled = values.flatMap((value) => this.#byValue.get(`${field} ${String(value)}`) ?? [])
    const at = JSON.stringify([vendor, record, field])
    const [seen, current] = [new Set(this.#seenAt(vendor, record, field)), this.#current.get(at)]
    this.#add(vendor, record, field, stands, withKnown(ruled), false).excuse = 'a ruling'
    this.#seen.set(at, seen)
    if (current === undefined) this.#current.delete(at)
    else this.#current.set(at, current)
  }

  /** Which of the record's values stand is a matter of rules from now on. */
  excuse(vendor: string, record: string, why: string): void {
    for (const edit of this.edits) if (edit.vendor === vendor && edit.record === record) edit.excuse ??= why
  }

  /** One record goes into another: its edits are the other one's to override, and nobody insists on them. */
  merge(vendor: string, loser: string, winner: string): void {
    this.excuse(vendor, loser, 'merged away')
    this.inherit(vendor, loser, winner)
  }

  /**
   * A user makes a record anew as it stood. The copy says what was said before, by whoever said it, and not that anything else is over: a
   * request of ours may have put it there a moment ago, over a value that nobody saw go.
   */
  copy(vendor: string, from: string, heir: string, field: string, value: FieldValue | undefined): void {
    const makers = this.#byValue.get(`${field} ${String(text(value))}`) ?? []
    this.#add(vendor, heir, field, text(value), withKnown(makers), true)
    this.#copies.set(`${vendor} ${from}`, heir)
  }

  /** The record that stands in the place of one that was made anew. */
  presentOf(vendor: string, record: string): string {
    const heir = this.#copies.get(`${vendor} ${record}`)
    return heir === undefined ? record : this.presentOf(vendor, heir)
  }

  /** Who edits the heir knows what stood in the other record. */
  inherit(vendor: string, from: string, heir: string): void {
    for (const field of new Set(this.edits.map((edit) => edit.field))) {
      const seen = this.#seenAt(vendor, heir, field)
      for (const n of this.#seenAt(vendor, from, field)) seen.add(n)
    }
  }

  #add(
    vendor: string,
    record: string,
    field: string,
    value: string | null,
    knows: Set<number>,
    isBirth: boolean,
  ): Edit {
    const n = this.edits.length + 1
    const edit: Edit = { n, vendor, record, field, value, knows, at: this.now(), isBirth, excuse: null }
    this.edits.push(edit)
    this.#seenAt(vendor, record, field).add(n)
    this.#current.set(JSON.stringify([vendor, record, field]), edit)
    const named = `${field} ${String(value)}`
    this.#byValue.set(named, [...(this.#byValue.get(named) ?? []), edit])
    return edit
  }

  #seenAt(vendor: string, record: string, field: string): Set<number> {
    const key = JSON.stringify([vendor, record, field])
    const seen = this.#seen.get(key) ?? new Set<number>()
    this.#seen.set(key, seen)
    return seen
  }
}

/** These edits and all that their makers knew. */
function withKnown(edits: Edit[]): Set<number> {
  return new Set(edits.flatMap(({ n, knows }) => [n, ...knows]))
}

function text(value: FieldValue | undefined): string | null {
  return value === null || value === undefined || value === '' ? null : String(value)
}
