/**
 * `npm run bench`: measures Causeway on real parts and prints the figures. It judges nothing by the clock: figures of a loaded
 * machine are printed like any other.
 *
 *   npm run bench -- [--only NAME[,NAME]] [--runs N] [--burst N] [--records N] [--json FILE] [--write-docs] [--data FOLDER]
 */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import { writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { writeDocs } from './docs.ts'
import { freshnessSection } from './freshness.ts'
import { historySection } from './history.ts'
import { mappingSection } from './mapping.ts'
import { matchSection } from './match.ts'
import { registrationSection } from './registration.ts'
import { horizontalSection } from './horizontal.ts'
import { printed, type Report, type Section } from './report.ts'
import { requestSections } from './requests.ts'
import { syncSection } from './sync.ts'
import { startupSection } from './startup.ts'

const names = [
  'startup',
  'registration',
  'history',
  'requests',
  'memory',
  'sync',
  'horizontal',
  'freshness',
  'mapping',
  'match',
] as const

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: names.join(',') },
    runs: { type: 'string', default: '20' },
    burst: { type: 'string', default: '200' },
    records: { type: 'string', default: '100000' },
    json: { type: 'string' },
    'write-docs': { type: 'boolean', default: false },
    data: { type: 'string', default: '.causeway/bench' },
  },
})

const wanted = new Set(options.only.split(','))
const unknown = [...wanted].filter((name) => !names.some((known) => known === name))
// HubSpot lists a hundred deals a page, and a scene makes one more than these for each CRM.
const runs = wholeNumber('runs', options.runs, 90)
const burst = wholeNumber('burst', options.burst, 2_000)
const records = wholeNumber('records', options.records, 1_000_000)

if (unknown.length > 0 || runs === null || burst === null || records === null) {
  if (unknown.length > 0) console.error(`--only takes ${names.join(', ')}; not ${unknown.join(', ')}`)
  process.exitCode = 2
} else {
  const report = await run(runs, burst, records)
  console.log(printed(report))
  if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`)
  if (options['write-docs']) await writeDocs(report)
}

async function run(count: number, burstSize: number, recordCount: number): Promise<Report> {
  const report: Report = {
    at: new Date().toISOString(),
    command: commandLine(),
    machine: machine(),
    sections: [],
  }

  if (wanted.has('startup'))
    report.sections.push(await startupSection({ ...wish('startup'), runs: Math.min(count, 5) }))
  if (wanted.has('registration'))
    report.sections.push(await registrationSection({ ...wish('registration'), runs: count }))
  if (wanted.has('history')) report.sections.push(await historySection(wish('history')))
  if (wanted.has('requests') || wanted.has('memory')) {
    const { requests, memory } = await requestSections({ ...wish('requests'), burst: burstSize })
    const both: Section[] = [requests, memory]
    report.sections.push(...both.filter(({ name }) => wanted.has(name)))
  }
  if (wanted.has('sync')) report.sections.push(await syncSection({ ...wish('sync'), records: recordCount }))
  if (wanted.has('horizontal'))
    report.sections.push(await horizontalSection({ ...wish('horizontal'), records: Math.ceil(recordCount / 10) }))
  if (wanted.has('freshness')) report.sections.push(await freshnessSection({ ...wish('freshness'), runs: count }))
  if (wanted.has('mapping')) report.sections.push(await mappingSection({ records: recordCount, say }))
  if (wanted.has('match')) report.sections.push(await matchSection({ ...wish('match'), records: recordCount * 10 }))
  report.machine += `; load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')} at the end`
  return report
}

/** Figures are of a machine and its load: both stand beside them. */
function machine(): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const memory = `${String(Math.round(totalmem() / 1_073_741_824))} GB`
  const load = loadavg().map((one) => one.toFixed(1))
  return `${String(availableParallelism())} cores (${model}), ${memory}, ${process.platform}, Node ${process.versions.node}; other programs ran beside it: load average ${load.join(' ')} at the start`
}

/** What has to be typed for the same figures; where they are kept is no part of it. */
function commandLine(): string {
  const given = (['only', 'runs', 'burst', 'records'] as const).map((name) => `--${name} ${options[name]}`)
  return `npm run bench -- ${given.join(' ')}`
}

/** Each section has a data folder of its own. */
function wish(name: string): { dataDir: string; say: (line: string) => void } {
  return { dataDir: join(resolve(options.data), name), say }
}

/** Progress goes to standard error, so that standard output holds the figures alone. */
function say(line: string): void {
  console.error(`${new Date().toISOString().slice(11, 19)} ${line}`)
}

function wholeNumber(name: string, text: string, most: number): number | null {
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= most) return number
  console.error(`--${name} takes a whole number from 1 to ${String(most)}, not ${text}`)
  return null
}
