import { expect, it } from 'vitest'
import type { Ctx } from '../contract.ts'
import { paced } from './pace.ts'

const ctx = (signal = new AbortController().signal): Ctx => ({ signal, priority: 'sync' })

/** The most that arrive in any second. */
function most(arrivals: number[]): number {
  return Math.max(...arrivals.map((at) => arrivals.filter((other) => other >= at && other < at + 1000).length))
}

it('lets no more than the limit arrive in any second, however late each is sent on', async () => {
  const run = paced(4)
  const arrivals: number[] = []
  // The vendor sees a call some time after its start: early ones late, late ones early.
  const calls = Array.from({ length: 9 }, (_, n) =>
    run(ctx(), async () => {
      await new Promise((resolve) => setTimeout(resolve, n % 2 === 0 ? 400 : 10))
      arrivals.push(performance.now())
    }),
  )
  await Promise.all(calls)
  expect(arrivals).toHaveLength(9)
  expect(most(arrivals)).toBeLessThanOrEqual(4)
})

it('gives a place on when a call fails or its caller gives up before its turn', async () => {
  const run = paced(1)
  const failed = run(ctx(), () => Promise.reject(new Error('no'))).catch((error: unknown) => String(error))
  const stop = new AbortController()
  const given = run(ctx(stop.signal), () => Promise.resolve('sent')).catch((error: unknown) => String(error))
  const last = run(ctx(), () => Promise.resolve('sent'))
  expect(await failed).toContain('no')
  stop.abort()
  expect(await given).toContain('CW_VENDOR_TIMEOUT')
  expect(await last).toBe('sent')
})
