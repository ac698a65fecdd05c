/** The clashes of a page, in memory: a field that was opened and closed within it is told once, by how it ended. */
import type { Tx } from '../db/connection.ts'
import { closeAgreed, keepClashes, type NewClash } from '../db/clashes.ts'
import type { Clash, Merge } from './merge.ts'
import type { Link } from './recognise.ts'

interface Field {
  link: Link
  field: string
  /** The clash as this page leaves it, if it is open. */
  open: Clash | null
  /** Both sides came to this value. Undefined: they did not. */
  agreed: string | null | undefined
}

export class PageClashes {
  /** What a rule decided at once. */
  readonly #settled: NewClash[] = []
  readonly #fields = new Map<string, Field>()

  /** Follows a merge. `held` are the link's fields that wait for a ruling, and is kept up. */
  follow(
    link: Link,
    held: Set<string>,
    { clashes, agreed }: Merge,
    ours: Readonly<Record<string, string | null>>,
  ): void {
    for (const clash of clashes) {
      if (clash.winner === 'open') {
        held.add(clash.field)
        const before = this.#of(link, clash.field)
        before.open = { ...clash, base: before.open === null ? clash.base : before.open.base }
      } else {
        this.#settled.push(rowOf(link, clash))
      }
    }
    for (const field of agreed) {
      held.delete(field)
      const before = this.#of(link, field)
      const value = ours[field] ?? null
      // One that no other page has heard of is told as settled; the others' rows are closed.
      if (before.open !== null && !link.heldFields.includes(field))
        this.#settled.push(rowOf(link, { ...before.open, winner: before.open.theirs === value ? 'theirs' : 'ours' }))
      else before.agreed = value
      before.open = null
    }
  }

  async write(tx: Tx): Promise<void> {
    const fields = [...this.#fields.values()]
    await closeAgreed(
      tx,
      fields.flatMap(({ link, field, agreed }) =>
        agreed === undefined ? [] : [{ linkId: link.id, field, value: agreed }],
      ),
    )
    const open = fields.flatMap(({ link, open: clash }) => (clash === null ? [] : [rowOf(link, clash)]))
    await keepClashes(tx, [...this.#settled, ...open])
  }

  #of(link: Link, field: string): Field {
    const name = `${link.id} ${field}`
    const found = this.#fields.get(name) ?? { link, field, open: null, agreed: undefined }
    this.#fields.set(name, found)
    return found
  }
}

function rowOf(link: Link, clash: Clash): NewClash {
  return { ...clash, linkId: link.id, recordId: link.recordId, kind: link.kind }
}
