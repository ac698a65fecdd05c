/** The processes that never end: each drains, sleeps until it is due or woken, and starts anew when its history is long. */
import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bundleWorkflows } from '../../src/runtime/workflow-bundle.ts'
import { createSimulator, type Simulator } from '../setup/workflow-simulator.ts'

const loops = [
  { type: 'stream', activity: 'pull', args: [{ connection: 'portal', object: 'deal' }], given: ['portal', 'deal'] },
  { type: 'sender', activity: 'drain', args: [{ connection: 'sales' }], given: ['sales'] },
  { type: 'mailer', activity: 'sendNotices', args: [], given: [] },
] as const

let simulator: Simulator
beforeAll(async () => {
  const { code } = await bundleWorkflows()
  simulator = await createSimulator(
    code,
    loops.map(({ activity }) => activity),
  )
}, 60_000)
afterAll(() => simulator.close())

describe.each(loops)('the $type', ({ type, activity, args, given }) => {
  async function started(answer: (...found: unknown[]) => { waitMs: number | null }) {
    const turns: number[] = []
    const act = (...found: unknown[]) => {
      turns.push(simulator.latest?.now ?? 0)
      return answer(...found)
    }
    return { turns, run: await simulator.start(type, [...args], { [activity]: act }, 0) }
  }

  it('does its work for what it was started for, and again when its wait is over', async () => {
    const found: unknown[][] = []
    const { run, turns } = await started((...what) => {
      found.push(what)
      return { waitMs: 60_000 }
    })
    await run.advance(180_000)
    expect(turns).toEqual([0, 60_000, 120_000, 180_000])
    expect(found).toEqual(turns.map(() => given))
  })

  it('is woken before its wait is over, once for wakes that come together', async () => {
    const { run, turns } = await started(() => ({ waitMs: 60_000 }))
    await run.advance(10_000)
    await run.signal('wake')
    expect(turns).toEqual([0, 10_000])
    // The wait begins anew.
    await run.advance(59_999)
    expect(turns).toHaveLength(2)
    await run.advance(1)
    expect(turns).toHaveLength(3)
  })

  it('works again at once when it was woken while it worked', async () => {
    const { run, turns } = await started(() => ({ waitMs: 60_000 }))
    const { activities } = run
    const plain = activities[activity]
    activities[activity] = async () => {
      if (plain) activities[activity] = plain
      await simulator.latest?.signal('wake')
      return { waitMs: 60_000 }
    }
    await run.advance(60_000)
    expect(turns).toEqual([0, 60_000])
  })

  it('starts anew with the same input when its history is long', async () => {
    const { run } = await started(() => ({ waitMs: 60_000 }))
    run.isLong = true
    await run.advance(60_000)
    expect(run.closed).toBe('continued-as-new')
    expect(run.continuedWith).toEqual(args)
    const next = await simulator.follow(run)
    expect(next.ran).toEqual([activity])
    expect(next.closed).toBeNull()
  })

  it('goes on after failures, with pauses that grow up to half a minute', async () => {
    let failures = 20
    const { run, turns } = await started(() => {
      if ((failures -= 1) >= 0) throw new Error('away')
      return { waitMs: 60_000 }
    })
    await run.advance(3_600_000)
    const pauses = turns.slice(1, 21).map((at, i) => at - (turns[i] ?? 0))
    expect(pauses.slice(0, 4)).toEqual([500, 1000, 2000, 4000])
    expect(Math.max(...pauses)).toBe(30_000)
    expect(run.closed).toBeNull()
  })

  it('never loses a wake and never spins', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat({ max: 90_000 }), { maxLength: 10 }), async (pauses) => {
        let news = 0
        const { run, turns } = await started(() => {
          news = 0
          return { waitMs: 60_000 }
        })
        for (const pause of pauses) {
          await run.advance(pause)
          news += 1
          await run.signal('wake')
          expect(news).toBe(0)
        }
        expect(turns.length).toBeLessThanOrEqual(1 + pauses.length * 2 + 1)
      }),
      { numRuns: 30 },
    )
  })
})

it('the stream pulls on without sleeping while there is more', async () => {
  let pages = 5
  const run = await simulator.start('stream', [{ connection: 'portal', object: 'deal' }], {
    pull: () => ({ waitMs: (pages -= 1) > 0 ? 0 : 60_000 }),
  })
  expect(run.ran).toHaveLength(5)
  expect(run.commands.filter((name) => name === 'startTimer')).toHaveLength(1)
})

const idle = () => ({ waitMs: null })

it.each(['sender', 'mailer'])('the %s without work sets no clock and waits for its wake', async (type) => {
  const run = await simulator.start(type, [{ connection: 'sales' }], {
    drain: idle,
    sendNotices: idle,
  })
  expect(run.commands).not.toContain('startTimer')
  await run.advance(365 * 86_400_000)
  expect(run.ran).toHaveLength(1)
  await run.signal('wake')
  expect(run.ran).toHaveLength(2)
})
