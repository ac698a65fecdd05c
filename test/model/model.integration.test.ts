/** A modest number of random runs in the suite; `npm run test:model` runs as many as one likes. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scripts } from './commands.ts'
import { format, parse } from './script.ts'
import { theatre } from './theatre.test-support.ts'
import { tryRuns } from './try-runs.ts'

const { stage } = theatre()
const CHANCE = Math.floor(Math.random() * 1_000_000)

describe('whatever happens, both sides agree in the end and nothing is lost or doubled', () => {
  it.each([
    ['of a fixed seed', 20_260],
    [`of seed ${String(CHANCE)}`, CHANCE],
  ])(
    'in random runs %s',
    async (_, seed) => {
      const { failure, runs } = await tryRuns(stage(), { runs: 40, seed, minutes: 0.3, shrinkMs: 60_000 })
      expect(failure).toBeNull() // else it holds the script, the seed and the path
      expect(runs).toBeGreaterThan(5)
    },
    120_000,
  )
})

it('prints scripts that read back as what they were', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      expect(format(parse(format(script)))).toEqual(format(script))
    }),
  )
})
