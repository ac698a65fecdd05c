/**
 * A modest number of runs in the suite, of fixed seeds, so that a red suite means a change and not a new draw;
 * `npm run test:model` draws as many new ones as one likes.
 */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { scripts } from './commands.ts'
import { format, parse } from './script.ts'
import { theatre } from './theatre.test-support.ts'
import { tryRuns } from './try-runs.ts'

const { stage } = theatre()

describe('whatever happens, both sides agree in the end and nothing is lost or doubled', () => {
  it.each([20_260, 47_115])(
    'in runs of seed %i',
    async (seed) => {
      const { failure } = await tryRuns(stage(), { runs: 20, seed, shrinkMs: 60_000 })
      expect(failure).toBeNull() // else it holds the script, the seed and the path
    },
    300_000,
  )
})

it('prints scripts that read back as what they were', () => {
  fc.assert(
    fc.property(scripts, (script) => {
      expect(format(parse(format(script)))).toEqual(format(script))
    }),
  )
})
