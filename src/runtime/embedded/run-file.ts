import { readFileSync } from 'node:fs'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { hasCode } from './failure.ts'
import { type ProcessName, lives } from './process.ts'

const runFile = z.object({ pid: z.number().int().positive(), began: z.string(), port: z.number().int().nullable() })

/** A child of ours as it is remembered in the data folder, so that the next start can end it should we be killed. */
export type Remembered = ProcessName & { port: number | null }

const pathOf = (dataDir: string, name: string) => join(dataDir, 'run', `${name}.json`)

export async function remember(dataDir: string, name: string, child: Remembered): Promise<void> {
  await writeWhole(pathOf(dataDir, name), JSON.stringify({ pid: child.pid, began: child.began, port: child.port }))
}

export async function forget(dataDir: string, name: string): Promise<void> {
  await rm(pathOf(dataDir, name), { force: true })
}

/** The child of that name that still lives though its parent does not; null when there is none. */
export function leftBehind(dataDir: string, name: string): Remembered | null {
  let text: string
  try {
    text = readFileSync(pathOf(dataDir, name), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw error
  }
  const found = runFile.safeParse(parse(text))
  return found.success && lives(found.data) ? found.data : null
}

/** Half a file is never seen: not by a reader, and not after a power loss in between. Readable by its owner only. */
export async function writeWhole(path: string, text: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  const draft = `${path}.${process.pid}`
  await writeFile(draft, text, { mode: 0o600, flush: true })
  await rename(draft, path)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
