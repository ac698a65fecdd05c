/** Random runs, bounded by count and time; the first that fails is shrunk. */
import * as fc from 'fast-check'
import { scripts } from './commands.ts'
import { format, type Script } from './script.ts'
import { shrink } from './shrink.ts'
import type { Sabotage, Stage } from './world.ts'

export interface Trial {
  runs: number
  seed: number
  path?: string | undefined
  minutes?: number | undefined
  /** Told how far it is, now and then, and of the failure. */
  say?: (line: string) => void
  sabotage?: Sabotage
  /** How long a failure may be shrunk. */
  shrinkMs?: number
}

export interface Tried {
  runs: number
  coverage: Record<string, number>
  failure: { script: string[]; findings: string[]; seed: number; path: string } | null
}

const EVERY_MS = 10_000

export async function tryRuns(stage: Stage, trial: Trial): Promise<Tried> {
  const { runs, seed, path, minutes, sabotage } = trial
  const say = trial.say ?? (() => undefined)
  const beganMs = performance.now()
  const endMs = minutes === undefined ? Infinity : beganMs + minutes * 60_000
  const coverage: Record<string, number> = {}
  let [done, commands, saidMs] = [0, 0, beganMs]
  let last: { script: Script; findings: string[] } | null = null
  const rate = () => `${(done / ((performance.now() - beganMs) / 1000)).toFixed(1)} runs/s`

  const property = fc.asyncProperty(scripts, async (script) => {
    // An interruption by the runner would leave a run on the stage while the next one begins.
    if (performance.now() > endMs) return
    const report = await stage.play(script, sabotage)
    done += 1
    commands += script.commands.length
    for (const [what, n] of Object.entries(report.coverage)) coverage[what] = (coverage[what] ?? 0) + n
    if (performance.now() > saidMs + EVERY_MS) {
      saidMs = performance.now()
      say(`${String(done)} runs, ${rate()}, ${String(commands)} commands`)
    }
    if (report.findings.length === 0) return
    last = { script, findings: report.findings }
    throw new Error(report.findings.join('\n'))
  })
  const checked = await fc.check(property, {
    numRuns: runs,
    seed,
    endOnFailure: true,
    ...(path === undefined ? {} : { path }),
  })
  say(`${String(done)} runs, ${rate()}, ${String(commands)} commands, seed ${String(seed)}`)
  const counted = Object.entries(coverage).toSorted(([a], [b]) => (a < b ? -1 : 1))
  say(counted.map(([what, n]) => `  ${what}: ${String(n)}`).join('\n'))
  // A run that broke down on its way shows nothing of the road, and is no run that held.
  if (checked.failed && last === null)
    throw new Error(`a run broke down (--seed ${String(seed)} --path ${checked.counterexamplePath ?? ''})`, {
      cause: checked.errorInstance,
    })
  if (!checked.failed || last === null) return { runs: done, coverage, failure: null }
  let found: { script: Script; findings: string[] } = last
  say(`shrinking a script of ${String(found.script.commands.length)} commands …`)
  const shortest = await shrink(
    found.script,
    async (script) => {
      const { findings } = await stage.play(script, sabotage)
      if (findings.length > 0) found = { script, findings }
      return findings.length > 0
    },
    performance.now() + (trial.shrinkMs ?? 120_000),
  )
  const failure = {
    script: format(shortest),
    findings: found.findings,
    seed,
    path: checked.counterexamplePath ?? '',
  }
  say(
    [
      `FAILED (--seed ${String(seed)} --path ${failure.path}):`,
      ...failure.findings.map((finding) => `  ${finding}`),
      'expect(',
      '  await findings([',
      ...failure.script.map((line) => `    '${line}',`),
      '  ]),',
      ').toEqual([])',
    ].join('\n'),
  )
  return { runs: done, coverage, failure }
}
