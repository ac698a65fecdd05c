/** How long each part takes to start: on an empty data folder, and again on the one it left. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { secrets } from '../demo/programme.ts'
import { startSandboxes } from '../sandbox/main.ts'
import { databaseAccount } from '../src/runtime/embedded/account.ts'
import { ensureCluster, ownerPassword, postgresHome } from '../src/runtime/embedded/postgres-home.ts'
import { nativePostgres } from '../src/runtime/embedded/postgres-native.ts'
import { startPostgres } from '../src/runtime/embedded/postgres.ts'
import { startProgram } from '../src/runtime/embedded/program.ts'
import { findTemporalBinary } from '../src/runtime/embedded/temporal-binary.ts'
import { startTemporal } from '../src/runtime/embedded/temporal.ts'
import { readEnvironment, type Environment } from '../src/runtime/environment.ts'
import { seconds, spreadOf, type Section } from './report.ts'
import { configuration, firstSeen } from './scene.ts'

const parts = ['initdb', 'PostgreSQL', 'Temporal', 'serve until /ready', 'all'] as const
type Times = Partial<Record<(typeof parts)[number], number>>

const root = fileURLToPath(new URL('..', import.meta.url))
const silent = () => undefined

export async function startupSection(wish: {
  dataDir: string
  runs: number
  say: (line: string) => void
}): Promise<Section> {
  const env = readEnvironment()
  const found: { when: string; times: Times[] }[] = [
    { when: 'cold', times: [] },
    { when: 'warm', times: [] },
  ]
  const sandboxes = await startSandboxes({ ports: { partnerstack: 0, salesforce: 0, hubspot: 0, mailbox: 0, smtp: 0 } })
  try {
    for (let run = 1; run <= wish.runs; run += 1) {
      await rm(wish.dataDir, { recursive: true, force: true })
      await mkdir(wish.dataDir, { recursive: true })
      const { partnerstack, salesforce, hubspot, mailbox } = sandboxes
      await writeFile(
        join(wish.dataDir, 'causeway.yaml'),
        configuration(
          {
            portal: partnerstack?.url ?? '',
            salesforce: salesforce?.url ?? '',
            hubspot: hubspot?.url ?? '',
            smtp: mailbox?.smtpUrl ?? '',
          },
          { poll: '30s' },
        ),
      )
      for (const { when, times } of found) {
        times.push(await startAndStop(wish.dataDir, env, when === 'cold'))
        wish.say(`start-up, ${when}: ${String(run)} of ${String(wish.runs)}`)
      }
    }
  } finally {
    await sandboxes.close()
  }
  return {
    name: 'startup',
    title: 'Start-up',
    notes: [
      'One part after another, as `causeway start` does. Cold is an empty data folder, with the schema’s migrations in the start of serve; warm is the folder that the cold start left. The programs themselves are installed and in the file cache in both.',
    ],
    tables: [
      {
        caption: 'Time until each part can be used',
        head: ['part', 'start', 'n', 'min', 'median', 'max'],
        rows: parts.flatMap((part) =>
          found.flatMap(({ when, times }) => {
            const values = times.flatMap((one) => one[part] ?? [])
            if (values.length === 0) return []
            const { n, min, p50, max } = spreadOf(values)
            return [[part, when, n, seconds(min), seconds(p50), seconds(max)]]
          }),
        ),
      },
    ],
  }
}

async function startAndStop(dataDir: string, env: Environment, isCold: boolean): Promise<Times> {
  const times: Times = {}
  const timed = async <T>(part: (typeof parts)[number], work: () => Promise<T>): Promise<T> => {
    const began = performance.now()
    const result = await work()
    times[part] = performance.now() - began
    return result
  }
  const stops: (() => Promise<void>)[] = []
  try {
    if (isCold) await makeCluster(dataDir, (work) => timed('initdb', work))
    const postgres = await timed('PostgreSQL', () =>
      startPostgres({ dataDir, port: { preferred: 54_320 }, log: silent }),
    )
    stops.unshift(() => postgres.stop(5_000))
    const binary = await findTemporalBinary({ ...env.binary, fallbackCache: join(dataDir, 'cache'), log: silent })
    const temporal = await timed('Temporal', () =>
      startTemporal({ dataDir, port: { preferred: 7233 }, binary, log: silent }),
    )
    stops.unshift(() => temporal.stop(5_000))
    await timed('serve until /ready', async () => {
      const serve = await startProgram(dataDir, 'serve', {
        command: process.execPath,
        args: [join(root, 'src/cli.ts'), 'serve'],
        cwd: root,
        env: {
          ...env.all,
          ...secrets,
          CAUSEWAY_CONFIG: join(dataDir, 'causeway.yaml'),
          CAUSEWAY_DATA: dataDir,
          DATABASE_URL: postgres.url,
          TEMPORAL_ADDRESS: temporal.address,
          TEMPORAL_NAMESPACE: temporal.namespace,
        },
      })
      stops.unshift(() => serve.stop(5_000))
      await firstSeen('causeway serve is ready', () => isReady(dataDir))
    })
    times.all = Object.values(times).reduce((sum, ms) => sum + ms, 0)
    return times
  } finally {
    for (const stop of stops) await stop()
    await rm(join(dataDir, 'api.json'), { force: true })
  }
}

/** The first part of `startPostgres`, alone: what it does when there is no cluster yet. */
async function makeCluster(dataDir: string, timed: (work: () => Promise<void>) => Promise<void>): Promise<void> {
  const account = databaseAccount()
  const place = await postgresHome(dataDir, account, silent)
  const copies = account === null ? join(place.folder, 'native') : '/var/lib/causeway'
  const native = await nativePostgres(account, copies, silent)
  await ownerPassword(place, account)
  await timed(() => ensureCluster(place, native, account, true))
}

async function isReady(dataDir: string): Promise<boolean> {
  try {
    const { url } = z.object({ url: z.string() }).parse(JSON.parse(await readFile(join(dataDir, 'api.json'), 'utf8')))
    return (await fetch(`${url}/ready`, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false // not yet
  }
}
