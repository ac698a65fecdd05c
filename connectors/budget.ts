import type { Ctx, Usage } from './contract.ts'

/**
 * A connection's allowance of requests, shared by all processes that use the connection.
 *
 * The HTTP layer asks it before every attempt, repeats included, tells it when the vendor asks for fewer requests, and passes on
 * what the vendor's headers say.
 */
export interface Budget {
  /**
   * Takes one request.
   *
   * `waitMs`: the request is granted and may leave in so many milliseconds (0: now). A caller that cannot wait so long leaves its
   * grant unused; nothing is given back. `refusedUntil`: the day's allowance is used up until that instant (ISO UTC). Once `signal`
   * aborts no turn is taken any more, and what is answered is of no use.
   */
  take(priority: Ctx['priority'], signal?: AbortSignal): Promise<{ waitMs: number } | { refusedUntil: string }>
  /** The vendor asked for fewer requests: nothing is granted for the next `ms`. */
  pause(ms: number): Promise<void>
  /** What the vendor says is used and left. */
  learn(usage: Usage): Promise<void>
}

/** Grants everything at once; for tests and for vendors without limits. */
export const unlimitedBudget: Budget = {
  take: () => Promise.resolve({ waitMs: 0 }),
  pause: () => Promise.resolve(),
  learn: () => Promise.resolve(),
}
