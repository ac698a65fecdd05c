/** Two things of a policy that cannot both be meant, and where they stand. */
export interface Contradiction {
  path: readonly PropertyKey[]
  /** Where the other of the two stands. */
  other: readonly PropertyKey[] | null
  message: string
}

/** A rule with where it stands in the document: short forms stand where they were written. */
export interface Placed<R> {
  rule: R
  path: readonly PropertyKey[]
}
