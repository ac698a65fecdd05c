/** Starts what a guided set-up needs and leaves it running: the stand-ins, and Causeway itself. */
import { spawn } from 'node:child_process'
import { mkdir, open, readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { defaultPorts } from '../../../sandbox/main.ts'
import { CausewayError } from '../../errors.ts'
import type { Environment } from '../../runtime/environment.ts'
import { hasAnswered } from '../ready.ts'

const cli = fileURLToPath(new URL('../../cli.ts', import.meta.url))

/** Runs one of our own commands for as long as it likes, its words in a file of the data folder. */
async function leaveRunning(
  env: Environment,
  args: string[],
  log: string,
): Promise<{ pid: number; ended: Promise<void> }> {
  await mkdir(env.dataDir, { recursive: true })
  const file = await open(join(env.dataDir, log), 'w', 0o600)
  try {
    const child = spawn(process.execPath, [cli, ...args], {
      detached: true,
      stdio: ['ignore', file.fd, file.fd],
      env: { ...env.all, CAUSEWAY_CONFIG: env.configFile, CAUSEWAY_DATA: env.dataDir },
    })
    const ended = new Promise<void>((resolve) => {
      child.once('exit', () => resolve())
      child.once('error', () => resolve())
    })
    child.unref()
    return { pid: child.pid ?? 0, ended }
  } finally {
    await file.close()
  }
}

const sandboxes = z.object({
  sandboxes: z.array(z.object({ vendor: z.string(), url: z.string() })),
  smtp: z.string().nullable(),
})

/** The stand-ins that answer at these addresses. */
export async function answering(urls: Record<string, string>): Promise<boolean> {
  const all = Object.entries(urls).filter(([vendor]) => vendor !== 'smtp')
  const ok = await Promise.all(
    all.map(([, url]) => healthy(`${url}/_sandbox/health`).then((one) => one || healthy(`${url}/messages`))),
  )
  return all.length > 0 && ok.every(Boolean)
}

/** The stand-ins that run at the usual ports, else new ones. `pid` is null where they ran already. */
export async function ensureSandboxes(
  env: Environment,
  anyPort: boolean,
): Promise<{ urls: Record<string, string>; pid: number | null }> {
  const { smtp, ...ports } = defaultPorts
  const usual = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [name, `http://127.0.0.1:${String(port)}`]),
  )
  if (!anyPort && (await answering(usual)))
    return { urls: { ...usual, smtp: `smtp://127.0.0.1:${String(smtp)}` }, pid: null }
  const isFree = !anyPort && (await Promise.all(Object.values(defaultPorts).map(isPortFree))).every(Boolean)
  const { pid, ended } = await leaveRunning(
    env,
    ['sandbox', '--json', ...(isFree ? [] : ['--any-port'])],
    'sandbox.log',
  )
  const over = new AbortController()
  void ended.then(() => over.abort())
  for (const until = Date.now() + 30_000; Date.now() < until && !over.signal.aborted; await pause(100)) {
    const said = sandboxes.safeParse(jsonOf(await readFile(join(env.dataDir, 'sandbox.log'), 'utf8')))
    if (!said.success) continue
    const urls = Object.fromEntries(said.data.sandboxes.map(({ vendor, url }) => [vendor, url]))
    return { urls: { ...urls, ...(said.data.smtp === null ? {} : { smtp: said.data.smtp }) }, pid }
  }
  throw new CausewayError('CW_NOT_RUNNING', `The sandboxes did not start; ${join(env.dataDir, 'sandbox.log')} says why`)
}

/** Whether the Causeway of the data folder answers. */
export async function runs(env: Environment): Promise<boolean> {
  if (env.api.url !== null) return healthy(`${env.api.url}/health`)
  const kept = z
    .object({ url: z.string() })
    .safeParse(jsonOf(await readFile(join(env.dataDir, 'api.json'), 'utf8').catch(() => '')))
  return kept.success && healthy(`${kept.data.url}/health`)
}

/** Starts Causeway and waits until it answers. */
export async function startCauseway(env: Environment): Promise<{ pid: number }> {
  const since = Date.now()
  const { pid, ended } = await leaveRunning(env, ['start'], 'start.log')
  const early = ended.then(() => null)
  const answered = await Promise.race([hasAnswered(env.dataDir, since, () => undefined), early])
  if (answered !== null && 'url' in answered) return { pid }
  const log = join(env.dataDir, 'start.log')
  if (answered === null)
    throw new CausewayError('CW_NOT_RUNNING', `Causeway ended at its start: ${lastLine(await readFile(log, 'utf8'))}`, {
      log,
    })
  throw new CausewayError(answered.failed.code, answered.failed.message, { log })
}

/** Ends a Causeway that this set-up started, in order, so that it can start with other settings. */
export async function stopCauseway(pid: number): Promise<void> {
  if (!signal(pid, 'SIGTERM')) return
  for (const until = Date.now() + 20_000; Date.now() < until && signal(pid, 0);) await pause(100)
}

function signal(pid: number, what: 'SIGTERM' | 0): boolean {
  try {
    return process.kill(pid, what)
  } catch {
    return false // it has ended
  }
}

async function healthy(url: string): Promise<boolean> {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(2_000) })).ok
  } catch {
    return false
  }
}

export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

const lastLine = (text: string) => text.trim().split('\n').at(-1)?.slice(0, 500) ?? ''
