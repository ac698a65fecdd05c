/** What certification found out, step by step. */

export interface Step {
  /** The vendor's object; null: the connection as a whole. */
  object: string | null
  /** What was tried, such as `create` or `read by key`; for an open question its name. */
  what: string
  result: 'works' | 'fails' | 'not tried' | 'answer'
  /** What the vendor really did, or why nothing was tried. */
  seen: string
  ms: number | null
  /** What belongs into the connection's settings because of it. */
  setting: Record<string, string | number | boolean> | null
}

export interface CertifyReport {
  connection: string
  vendor: string
  at: string
  steps: Step[]
  /** Marked records that could not be removed again: object and id. */
  left: string[]
}

/** Whether everything that was tried works and nothing was left behind. */
export function isCertified({ steps, left }: CertifyReport): boolean {
  return left.length === 0 && steps.every(({ result }) => result !== 'fails')
}
