/**
 * `npm run test:model -- --runs N --seed S [--path P] [--minutes M]`: random runs of the whole road until so many have passed or one
 * failed; the failed one is shrunk and printed as a script that can be pasted into `test/model/regressions`.
 */
import { parseArgs } from 'node:util'
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { migrate } from '../../src/db/migrate.ts'
import { startPostgres } from '../../src/runtime/embedded/postgres.ts'
import { parse } from './script.ts'
import { tryRuns } from './try-runs.ts'
import { openStage } from './world.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '500' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    path: { type: 'string' },
    minutes: { type: 'string' },
    /** A file with a script, a line a command, to be played alone. */
    script: { type: 'string' },
    data: { type: 'string', default: '.causeway/model' },
  },
})
const postgres = await startPostgres({
  dataDir: resolve(values.data, String(process.pid)),
  port: { preferred: 0 },
  durable: false,
  log: () => undefined,
})
try {
  await migrate(postgres.url)
  const stage = await openStage(postgres.url)
  if (values.script !== undefined) {
    const lines = readFileSync(values.script, 'utf8').split('\n')
    const report = await stage.play(parse(lines.map(bare).filter((line) => line !== '')))
    console.log(report.findings.join('\n') || 'all held', report.coverage)
    if (report.findings.length > 0) console.dir(await stage.show(), { maxArrayLength: 100, maxStringLength: 600 })
    process.exitCode = report.findings.length === 0 ? 0 : 1
    await stage.close()
  } else {
    const result = await tryRuns(stage, {
      runs: Number(values.runs),
      seed: Number(values.seed),
      path: values.path,
      minutes: values.minutes === undefined ? undefined : Number(values.minutes),
      say: (line) => console.log(line),
    })
    await stage.close()
    process.exitCode = result.failure === null ? 0 : 1
  }
} finally {
  await postgres.stop(2_000)
}

/** A line as it was printed: without quotes and comma. */
function bare(line: string): string {
  return line.trim().replace(/^'(.*)',?$/, '$1')
}
