/** The API of a bench on a port of its own, and the command line that talks to it, as a person types it. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createKey } from '../../src/db/api-keys.ts'
import { policySchema } from '../../src/domain/policy/policy.ts'
import { createApi } from '../../src/http/api.ts'
import type { ApiDeps } from '../../src/http/deps.ts'
import type { Bench } from './bench.ts'
import { doorSettings, temporaryFiles } from './files.ts'
import { listening } from './listening.ts'

const cli = fileURLToPath(new URL('../../src/cli.ts', import.meta.url))

export interface Said {
  code: number | null
  out: string
  err: string
}

export interface Served {
  url: string
  /** What the API wrote into its log. */
  logged: string[]
  causeway(
    words: string[],
    options?: { role?: 'admin' | 'manager'; env?: Record<string, string>; cwd?: string },
  ): Promise<Said>
  close(): Promise<void>
}

export async function serveBench(
  bench: Pick<Bench, 'db' | 'vendors' | 'systems'>,
  more: Partial<ApiDeps> = {},
): Promise<Served> {
  const logged: string[] = []
  const note = (...words: unknown[]) => void logged.push(JSON.stringify(words))
  const { files, remove } = temporaryFiles()
  const limits = { window: null, daily: null }
  const app = createApi({
    db: bench.db,
    programme: {
      policy: policySchema.parse({}),
      systems: bench.systems,
      route: () => [...bench.systems.keys()][0] ?? '',
    },
    connectors: new Map(Object.entries(bench.vendors)),
    connections: new Map([...bench.systems].map(([name, { role }]) => [name, { vendor: 'acme', role, limits }])),
    authorizers: new Map(),
    files,
    partnerDoor: doorSettings,
    kick: () => undefined,
    publicUrl: 'https://causeway.example.com',
    log: { info: note, warn: note, error: note },
    nowMs: Date.now,
    health: () => Promise.resolve([]),
    ...more,
  })
  const api = await listening(app)
  const { url } = api
  const keyOf = async (role: 'admin' | 'manager') =>
    (await createKey(bench.db, { label: `Ada, ${role}`, role, partnerId: null })).key
  const keys = { admin: await keyOf('admin'), manager: await keyOf('manager') }
  return {
    url,
    logged,
    async causeway(words, { role = 'admin', env = {}, cwd } = {}) {
      const child = spawn(process.execPath, [cli, ...words], {
        env: { CAUSEWAY_URL: url, CAUSEWAY_API_KEY: keys[role], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
        ...(cwd === undefined ? {} : { cwd }),
      })
      const said = { out: '', err: '' }
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text))
      child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text))
      const code = await new Promise<number | null>((resolve) => child.once('close', resolve))
      return { code, ...said }
    },
    async close() {
      await api.close()
      remove()
    },
  }
}
