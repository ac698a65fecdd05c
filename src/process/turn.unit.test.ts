import { expect, it } from 'vitest'
import { takeTurn, type Told } from './turn.ts'

const until = '2026-01-01T00:00:00.000Z'

it('takes every step that is due, names each, and says until when it waits', async () => {
  const left: Told<'a' | 'b'>[] = [
    { do: 'b', took: 'x a y' },
    { do: 'wait', until, forMs: 5, took: 'y b y' },
  ]
  const asked: string[] = []
  const turn = await takeTurn<'a' | 'b'>({
    next: () => Promise.resolve({ do: 'a' }),
    take(step) {
      asked.push(step)
      return Promise.resolve(left.shift() ?? { do: 'end' })
    },
  })
  expect(asked).toEqual(['a', 'b'])
  expect(turn).toEqual({ took: ['x a y', 'y b y'], do: 'wait', until, forMs: 5 })
})

it('takes none where there is none, and says that it is over', async () => {
  const turn = await takeTurn({
    next: () => Promise.resolve({ do: 'end' }),
    take: () => Promise.reject(new Error('no step is due')),
  })
  expect(turn).toEqual({ took: [], do: 'end' })
})

it('fails where the rule never comes to rest, so that no worker is kept for ever', async () => {
  let taken = 0
  const restless = takeTurn<'a'>({
    next: () => Promise.resolve({ do: 'a' }),
    take() {
      taken += 1
      return Promise.resolve({ do: 'a' })
    },
  })
  await expect(restless).rejects.toThrow('did not come to rest')
  expect(taken).toBe(20)
})
