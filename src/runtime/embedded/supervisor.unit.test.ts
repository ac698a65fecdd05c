import { setImmediate as turn } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Exit } from './process.ts'
import { type Part, pauseBefore, supervise } from './supervisor.ts'

/** A part that is told when to die. */
function part(
  name: string,
  story: string[],
  options: { failsAt?: number[] } = {},
): Part & { die(): void; starts: number } {
  let end = Promise.withResolvers<Exit>()
  const self = {
    name,
    stopMs: 1000,
    starts: 0,
    die: () => end.resolve({ code: 1, signal: null }),
    start: async () => {
      self.starts += 1
      story.push(`start ${name}`)
      if (options.failsAt?.includes(self.starts)) throw new Error('no')
      end = Promise.withResolvers<Exit>()
      return {
        pid: self.starts,
        port: 1,
        exited: end.promise,
        stop: async () => {
          story.push(`stop ${name}`)
          end.resolve({ code: 0, signal: null })
        },
      }
    },
  }
  return self
}

const log = () => undefined

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('supervise', () => {
  it('starts in order and stops in reverse', async () => {
    const story: string[] = []
    const supervision = await supervise({ parts: [part('a', story), part('b', story)], log })
    await supervision.stop()
    await supervision.stopped
    expect(story).toEqual(['start a', 'start b', 'stop b', 'stop a'])
  })

  it('stops what runs already when a later part does not start', async () => {
    const story: string[] = []
    await expect(supervise({ parts: [part('a', story), part('b', story, { failsAt: [1] })], log })).rejects.toThrow(
      'no',
    )
    expect(story).toEqual(['start a', 'start b', 'stop a'])
  })

  it('does not start again what it stopped itself', async () => {
    const story: string[] = []
    const supervision = await supervise({ parts: [part('a', story)], log })
    await supervision.stop()
    await turn()
    expect(supervision.states()).toMatchObject({ a: { status: 'stopped', pid: null, restarts: 0 } })
    expect(story).toEqual(['start a', 'stop a'])
  })

  it('writes every change in order', async () => {
    const seen: (string | undefined)[] = []
    const changed = async (states: Readonly<Record<string, { status: string }>>) => void seen.push(states['a']?.status)
    const supervision = await supervise({ parts: [part('a', [])], log, changed })
    await supervision.stop()
    expect(seen).toEqual(['starting', 'running', 'stopped'])
  })
})

it('waits 250 ms before the first restart, then a second and twice as long each time, up to half a minute', () => {
  expect([0, 1, 2, 3, 4, 5, 6, 60].map(pauseBefore)).toEqual([250, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000])
})
