import { readFile, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { z } from 'zod'
import { CausewayError } from '../../errors.ts'
import { hasCode } from './failure.ts'
import { ensureFolder } from './folder.ts'
import { lives, nameOf } from './process.ts'
import { leftBehind, writeWhole } from './run-file.ts'

const partState = z.object({
  status: z.enum(['waiting', 'starting', 'running', 'stopped']),
  pid: z.number().nullable(),
  port: z.number().nullable(),
  restarts: z.number(),
  since: z.string(),
})

const embeddedState = z.object({
  supervisor: z.object({ pid: z.number(), began: z.string() }),
  startedAt: z.string(),
  parts: z.record(z.string(), partState),
  /** The embedded database's owner; null when an outside server is used, whose URL is not ours to copy. */
  databaseUrl: z.string().nullable(),
  temporalAddress: z.string().nullable(),
  temporalNamespace: z.string().nullable(),
  temporalVersion: z.string().nullable(),
})

/** What runs, as `state.json` in the data folder tells `doctor`, the demo and tests. Readable by its owner only. */
export type EmbeddedState = z.infer<typeof embeddedState>

const pathOf = (dataDir: string) => join(resolve(dataDir), 'state.json')

/** What the last supervisor on this data wrote; null when there never was one. It may have ended since: `isRunning`. */
export async function readState(dataDir: string): Promise<EmbeddedState | null> {
  try {
    return embeddedState.parse(JSON.parse(await readFile(pathOf(dataDir), 'utf8')))
  } catch (error) {
    if (hasCode(error, 'ENOENT') || error instanceof z.ZodError || error instanceof SyntaxError) return null
    throw error
  }
}

export function isRunning(state: EmbeddedState): boolean {
  return lives(state.supervisor)
}

export async function writeState(dataDir: string, state: EmbeddedState): Promise<void> {
  await writeWhole(pathOf(dataDir), `${JSON.stringify(state, null, 2)}\n`)
}

/**
 * Takes the data folder for this process; the returned function gives it back.
 *
 * @throws CW_ALREADY_RUNNING when another living supervisor has it
 */
export async function takeDataFolder(dataDir: string): Promise<() => Promise<void>> {
  const folder = resolve(dataDir)
  await ensureFolder(folder)
  await ensureFolder(join(folder, 'run'))
  const path = join(folder, 'run', 'supervisor.json')
  const self = nameOf(process.pid)
  if (self === null) throw new Error('this process does not see itself')
  for (;;) {
    try {
      await writeFile(path, JSON.stringify({ ...self, port: null }), { flag: 'wx', mode: 0o600 })
      return () => rm(path, { force: true })
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    }
    const holder = leftBehind(folder, 'supervisor')
    if (holder !== null) {
      throw new CausewayError('CW_ALREADY_RUNNING', `Process ${holder.pid} already runs Causeway on ${folder}`, {
        pid: holder.pid,
        folder,
      })
    }
    await rm(path, { force: true })
  }
}
