/** `npm run test:kill -- --seconds N --seed S`: prints its figures as JSON and exits 1 when anything was lost, doubled or wrong. */
import { parseArgs } from 'node:util'
import { resolve } from 'node:path'
import { runKill } from './run.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string', default: String(Date.now() % 100_000) },
    data: { type: 'string', default: '.causeway/kill' },
  },
})
const figures = await runKill({
  seconds: Number(values.seconds),
  seed: Number(values.seed),
  dataDir: resolve(values.data),
  say: (line) => console.error(line),
})
console.log(JSON.stringify(figures, null, 2))
process.exitCode = figures.verdict.findings.length === 0 ? 0 : 1
