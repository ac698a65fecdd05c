import { type ChildProcess, spawn } from 'node:child_process'
import { join } from 'node:path'
import { inject } from 'vitest'
import { nameOf } from '../../src/runtime/embedded/process.ts'
import { type EmbeddedState, readState } from '../../src/runtime/embedded/state.ts'
import { until } from '../setup/until.ts'

export interface Program {
  process: ChildProcess
  output(): string
  /** Resolves with the exit code (null: killed). */
  ended: Promise<number | null>
}

/** Starts `start.ts` as a process of its own. */
export function startProgram(dataDir: string, options: string[] = []): Program {
  const args = [
    join(import.meta.dirname, 'start.ts'),
    '--data',
    dataDir,
    '--cli',
    inject('temporalBinary').path,
    ...options,
  ]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { PATH: '/usr/bin:/bin' } })
  let said = ''
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve))
  return { process: child, output: () => said, ended }
}

/** Waits until all its parts run, and gives their state. */
export async function ready(program: Program, dataDir: string): Promise<EmbeddedState> {
  await until(
    () => {
      if (program.process.exitCode !== null) throw new Error(program.output())
      return program.output().includes('ready\n')
    },
    { deadlineMs: 30_000 },
  )
  return runningState(dataDir)
}

/** The state once every part runs. */
export async function runningState(dataDir: string): Promise<EmbeddedState> {
  return until(async () => {
    const state = await readState(dataDir)
    const parts = Object.values(state?.parts ?? {})
    return parts.length > 0 && parts.every((part) => part.status === 'running' && isAlive(part.pid)) ? state : null
  })
}

export function isAlive(pid: number | null | undefined): boolean {
  return typeof pid === 'number' && nameOf(pid) !== null
}

export function pidOf(state: EmbeddedState, part: string): number {
  const pid = state.parts[part]?.pid
  if (typeof pid !== 'number') throw new Error(`${part} does not run`)
  return pid
}
