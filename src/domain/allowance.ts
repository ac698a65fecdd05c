/** How a vendor's allowance of requests is shared out. */

/** Share of the window that flows steadily; steady rate and burst together stay within what the vendor allows in any window. */
export const STEADY_SHARE = 0.97
/** Share of the window that may come at once, by how urgent a request is: the rest of the burst is kept for people. */
export const BURST_SHARE = { user: 0.03, sync: 0.02, backfill: 0.01 } as const
/** All but people's requests stop at this share of the day's allowance, for other programs use it too. */
export const DAILY_SHARE = 0.8

export interface Window {
  requests: number
  windowMs: number
}

/** Seconds from one request's turn to the next. */
export function turnS({ requests, windowMs }: Window): number {
  return windowMs / 1_000 / (requests * STEADY_SHARE)
}

/** How far before its turn a request may leave, in seconds. */
export function burstS({ windowMs }: Window, priority: keyof typeof BURST_SHARE): number {
  return (windowMs / 1_000) * BURST_SHARE[priority]
}
