import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { end, nameOf } from '../../src/runtime/embedded/process.ts'
import type { EmbeddedState } from '../../src/runtime/embedded/state.ts'
import { removeRun } from '../setup/sweep.ts'
import { until } from '../setup/until.ts'
import { type Program, isAlive, pidOf, ready, runningState, startProgram } from './program.ts'

let dataDir: string
let programs: Program[]

// One folder for all: each test finds what the one before left, as starts in real life do.
beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'causeway-embedded-'))
})
afterAll(() => removeRun(dataDir))

beforeEach(() => {
  programs = []
})
afterEach(async () => {
  for (const program of programs) {
    const name = program.process.pid === undefined ? null : nameOf(program.process.pid)
    if (name !== null) await end(name, [['SIGTERM', 6000]])
  }
})

function start(...options: string[]): Program {
  const program = startProgram(dataDir, options)
  programs.push(program)
  return program
}

async function query(state: EmbeddedState, sql: string): Promise<unknown[]> {
  const client = new Client({ connectionString: state.databaseUrl ?? '' })
  await client.connect()
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows
  } finally {
    await client.end()
  }
}

const parts = ['postgres', 'temporal', 'serve'] as const

describe('causeway start', () => {
  it('stops everything within five seconds of Ctrl-C, and finds everything again at the next start', async () => {
    const first = start()
    const before = await ready(first, dataDir)
    await query(before, 'create table first_kept as select 42 as n')

    const asked = Date.now()
    first.process.kill('SIGINT')
    expect(await first.ended).toBe(0)
    expect(Date.now() - asked).toBeLessThan(5000)
    expect(parts.filter((part) => isAlive(pidOf(before, part)))).toEqual([])

    const second = start()
    const after = await ready(second, dataDir)
    expect(await query(after, 'select n from first_kept')).toEqual([{ n: 42 }])
    expect(after.databaseUrl).toBe(before.databaseUrl)
    expect(after.temporalAddress).toBe(before.temporalAddress)
  })

  it('stops within five seconds although serve ignores the polite signal', async () => {
    const program = start('--serve', 'process.on("SIGTERM", () => {}); setInterval(() => {}, 1000)')
    const state = await ready(program, dataDir)
    const asked = Date.now()
    program.process.kill('SIGTERM')
    expect(await program.ended).toBe(0)
    expect(Date.now() - asked).toBeLessThan(5000)
    expect(isAlive(pidOf(state, 'serve'))).toBe(false)
  })

  it.each(parts)('starts %s again on the same port when it was killed', async (part) => {
    const program = start()
    const before = await ready(program, dataDir)
    await query(before, `create table ${part}_kept (n int)`)
    process.kill(pidOf(before, part), 'SIGKILL')
    await until(() => !isAlive(pidOf(before, part)))

    const after = await until(async () => {
      const state = await runningState(dataDir)
      return state.parts[part]?.restarts === 1 ? state : null
    })
    expect(pidOf(after, part)).not.toBe(pidOf(before, part))
    expect(after.parts[part]?.port).toBe(before.parts[part]?.port)
    expect(await query(after, `select * from ${part}_kept`)).toEqual([])
  })

  it('takes over or stops what a killed supervisor left behind', async () => {
    const first = start()
    const before = await ready(first, dataDir)
    await query(before, 'create table left_kept (n int)')
    first.process.kill('SIGKILL')
    await first.ended
    expect(isAlive(pidOf(before, 'postgres'))).toBe(true)

    const after = await ready(start(), dataDir)
    expect(pidOf(after, 'postgres')).toBe(pidOf(before, 'postgres'))
    expect(isAlive(pidOf(before, 'temporal'))).toBe(false)
    expect(isAlive(pidOf(before, 'serve'))).toBe(false)
    expect(after.temporalAddress).toBe(before.temporalAddress)
    expect(await query(after, 'select * from left_kept')).toEqual([])
  })

  it('recovers when supervisor and PostgreSQL were both killed', async () => {
    const first = start()
    const before = await ready(first, dataDir)
    await query(before, 'create table both_kept (n int)')
    first.process.kill('SIGKILL')
    process.kill(pidOf(before, 'postgres'), 'SIGKILL')
    await first.ended

    const after = await ready(start(), dataDir)
    expect(await query(after, 'select * from both_kept')).toEqual([])
  })

  it('refuses a second start on the same data, naming the process that has it', async () => {
    const first = start()
    await ready(first, dataDir)
    const second = start()
    expect(await second.ended).toBe(1)
    expect(second.output()).toContain('CW_ALREADY_RUNNING')
    expect(second.output()).toContain(String(first.process.pid))
  })

  it('says which port is taken when the configuration demands it', async () => {
    const holder = createServer()
    await new Promise<void>((listening) => holder.listen(0, '127.0.0.1', listening))
    const address = holder.address()
    const port = typeof address === 'object' && address !== null ? address.port : 0
    const program = start('--postgresPort', String(port))
    expect(await program.ended).toBe(1)
    expect(program.output()).toContain('CW_PORT_IN_USE')
    expect(program.output()).toContain(String(port))
    await new Promise((closed) => holder.close(closed))
  })
})
