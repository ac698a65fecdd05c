import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { startEmbedded } from '../../src/runtime/embedded/embedded.ts'
import { isRunning, readState } from '../../src/runtime/embedded/state.ts'
import { removeRun } from '../setup/sweep.ts'
import { until } from '../setup/until.ts'
import { isAlive, pidOf } from './program.ts'

let dataDir: string

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-outside-'))
})
afterAll(() => removeRun(dataDir))

it('starts only serve when the environment names servers, tells serve where they are, and copies no password', async () => {
  const databaseUrl = inject('databaseUrl')
  const temporal = { address: inject('temporalAddress'), namespace: 'default' }
  const program = 'console.log(process.env.WHERE); setInterval(() => {}, 1000)'
  const running = await startEmbedded({
    dataDir,
    outside: { databaseUrl, temporal },
    ports: { postgres: null, temporal: null },
    binary: { cliPath: null, searchPath: '', cache: dataDir },
    serve: (servers) => ({
      command: process.execPath,
      args: ['-e', program],
      env: { WHERE: JSON.stringify(servers) },
      cwd: '/',
    }),
    log: () => undefined,
  })
  const state = await until(() => readState(dataDir))
  expect(Object.keys(state.parts)).toEqual(['serve'])
  expect(isRunning(state)).toBe(true)
  expect(JSON.stringify(state)).not.toContain(new URL(databaseUrl).password)
  const said = await until(async () => (await readFile(join(dataDir, 'serve.log'), 'utf8')) || null)
  expect(JSON.parse(said)).toEqual({
    databaseUrl,
    temporalAddress: temporal.address,
    temporalNamespace: temporal.namespace,
  })

  await running.stop()
  expect(isAlive(pidOf(state, 'serve'))).toBe(false)
})
