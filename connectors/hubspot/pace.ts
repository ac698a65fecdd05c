/** A limit of so many calls in any second, as the one who counts them sees it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Ctx } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'

/** Runs a call when its turn comes. */
export type Paced = <T>(ctx: Ctx, call: () => Promise<T>) => Promise<T>

/** The two clocks do not tick together. */
const MARGIN_MS = 20

/**
 * At most `perSecond` calls in any second at the vendor. A call reaches the vendor some time between its start and its end, however long
 * it waits for other limits on the way: so its place is free again a second after its end, and not after its start. Other processes'
 * calls show as 429 and are repeated below.
 *
 * @throws ConnectorError `CW_VENDOR_TIMEOUT` with effect `no` when the caller gives up before the call's turn
 */
export function paced(perSecond: number): Paced {
  const count = Math.max(1, Math.floor(perSecond))
  const windowMs = (1000 * count) / perSecond + MARGIN_MS
  const free = Array.from({ length: count }, () => 0)
  const waiting: ((from: number) => void)[] = []

  const place = (): Promise<number> => {
    const from = free.shift()
    return from === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(from)
  }
  const leave = (from: number): void => {
    const next = waiting.shift()
    if (next === undefined) free.push(from)
    else next(from)
  }

  return async (ctx, call) => {
    const from = await place()
    const ms = from - performance.now()
    if (ms > 0 || ctx.signal.aborted) {
      await sleep(Math.max(0, ms), undefined, { signal: ctx.signal }).catch(() => {
        leave(from)
        const message = 'The search was given up before it was sent'
        throw new ConnectorError(faultOf('CW_VENDOR_TIMEOUT', message, { scope: 'batch' }), 'no')
      })
    }
    try {
      return await call()
    } finally {
      leave(performance.now() + windowMs)
    }
  }
}
