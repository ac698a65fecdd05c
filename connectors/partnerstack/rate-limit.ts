/** How many requests PartnerStack takes, which it publishes nowhere. */
import { setTimeout as pause } from 'node:timers/promises'
import { ConnectorError, type Ctx, type Finding } from '../contract.ts'
import type { Client } from './client.ts'

/** As many reads as a busy minute has. More would be a burden to other programs of the company. */
const most = 100
/** How long it waits to be let in again. */
const longestMs = 120_000
const lookMs = 2000

/** Reads on and on until it is refused, and then until it is let in again: what follows, such as removing marked records, needs that. */
export async function rateLimit(client: Client, ctx: Ctx): Promise<Finding> {
  const beganMs = performance.now()
  const seconds = () => `${((performance.now() - beganMs) / 1000).toFixed(1)} s`
  let taken = 0
  let waitMs: number | null = null
  while (taken < most && (waitMs = await refusedFor(client, ctx)) === null) taken += 1
  if (waitMs === null) return { answer: `at least ${String(most)} in ${seconds()}` }
  const limit = `${String(taken)} in ${seconds()}, then a 429`
  while (waitMs !== null) {
    if (performance.now() - beganMs > longestMs) return { answer: `${limit}, and still one after ${seconds()}` }
    await pause(waitMs, undefined, { signal: ctx.signal })
    waitMs = await refusedFor(client, ctx)
  }
  return { answer: `${limit}; let in again after ${seconds()}. The setting requests may hold that` }
}

/** Null: it was let in. Else how long to wait before the next try. */
async function refusedFor(client: Client, ctx: Ctx): Promise<number | null> {
  try {
    await client.demand({ method: 'GET', path: '/groups', route: '/groups', query: { limit: 1 }, once: true }, ctx)
    return null
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_VENDOR_THROTTLED') throw error
    return error.fault.retryAfterMs ?? lookMs
  }
}
