import { spawn, spawnSync } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { hasCode } from './failure.ts'

/** How a process ended. Both are null for a process that was adopted and therefore could only be watched. */
export interface Exit {
  code: number | null
  signal: NodeJS.Signals | null
}

/** A process is named by its id and the moment it began, so that a reused id is never mistaken for ours. */
export interface ProcessName {
  pid: number
  began: string
}

export interface Launch {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
  logFile: string
  cwd: string
  account?: { uid: number; gid: number } | null
}

/**
 * Starts a process that outlives neither order nor signal of ours: it has a session of its own, so that Ctrl-C in a
 * terminal reaches only the supervisor, which stops its children in order. Its output goes straight into the log file and
 * not through a pipe, so that it can be adopted after its parent was killed.
 */
export async function launch(what: Launch): Promise<{ pid: number; exited: Promise<Exit> }> {
  const output = openSync(what.logFile, 'a', 0o600)
  try {
    const child = spawn(what.command, what.args, {
      cwd: what.cwd,
      env: what.env,
      detached: true,
      stdio: ['ignore', output, output],
      ...(what.account ? { uid: what.account.uid, gid: what.account.gid } : {}),
    })
    const exited = new Promise<Exit>((resolve) => {
      child.once('exit', (code, signal) => resolve({ code, signal }))
    })
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', reject)
    })
    if (child.pid === undefined) throw new Error(`${what.command} has no process id`)
    return { pid: child.pid, exited }
  } finally {
    closeSync(output)
  }
}

/** When the process began, or null when no such process lives. A zombie does not live: containers often reap nobody. */
export function processBegan(pid: number): string | null {
  if (process.platform !== 'linux') return beganByPs(pid)
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    const state = fields[0]
    return state === 'Z' || state === 'X' ? null : (fields[19] ?? null)
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH')) return null
    throw error
  }
}

function beganByPs(pid: number): string | null {
  const ps = spawnSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })
  const line = ps.stdout.trim()
  return line === '' || line.startsWith('Z') ? null : line.replace(/^\S+\s+/, '')
}

/** The command line of a process, '' when it is gone or not ours to see. */
export function commandOf(pid: number): string {
  if (process.platform !== 'linux') {
    return spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim()
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ESRCH', 'EACCES')) return ''
    throw error
  }
}

export function lives(name: ProcessName): boolean {
  return processBegan(name.pid) === name.began
}

/** Names a process that lives now; null when it has ended meanwhile. */
export function nameOf(pid: number): ProcessName | null {
  const began = processBegan(pid)
  return began === null ? null : { pid, began }
}

/** Waits until the process is gone. False when it still lives after `withinMs`. */
export async function gone(name: ProcessName, withinMs: number): Promise<boolean> {
  const deadline = Date.now() + withinMs
  while (lives(name)) {
    if (Date.now() >= deadline) return false
    await pause(20)
  }
  return true
}

/** Resolves when a process that is not our child is gone. */
export async function watched(name: ProcessName): Promise<Exit> {
  while (lives(name)) await pause(100)
  return { code: null, signal: null }
}

/**
 * Ends a process: each signal in turn gets its time, SIGKILL follows at last. Nothing happens to a process that only
 * happens to have the same id.
 */
export async function end(name: ProcessName, signals: readonly (readonly [NodeJS.Signals, number])[]): Promise<void> {
  for (const [signal, withinMs] of [...signals, ['SIGKILL', 2000] as const]) {
    if (!lives(name)) return
    try {
      process.kill(name.pid, signal)
    } catch (error) {
      if (!hasCode(error, 'ESRCH')) throw error
    }
    if (await gone(name, withinMs)) return
  }
}
