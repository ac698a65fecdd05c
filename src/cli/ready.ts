/** Waits until the API of a start answers, or until it is plain that it will not. */
import { open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { errors, isErrorCode, type ErrorCode } from '../errors.ts'
import type { PartState } from '../runtime/embedded/supervisor.ts'

export type Answered = { url: string } | { failed: { code: ErrorCode; message: string } }

const EVERY_MS = 100
const WITHIN_MS = 90_000
const address = z.object({ url: z.string() })

/**
 * @param since when the start began: an address that was written before is that of an earlier run
 * @param serve what the supervisor says of the program
 */
export async function hasAnswered(
  dataDir: string,
  since: number,
  serve: () => PartState | undefined,
): Promise<Answered> {
  const deadline = Date.now() + WITHIN_MS
  while (Date.now() < deadline) {
    const url = await addressOf(dataDir, since)
    if (url !== null && (await answers(url))) return { url }
    // A program that ended before it ever answered will do so again.
    if (serve()?.status === 'waiting') return { failed: await lastWords(dataDir) }
    await pause(EVERY_MS)
  }
  return { failed: await lastWords(dataDir) }
}

async function addressOf(dataDir: string, since: number): Promise<string | null> {
  const file = join(dataDir, 'api.json')
  try {
    if ((await stat(file)).mtimeMs < since - 1000) return null
    return address.parse(JSON.parse(await readFile(file, 'utf8'))).url
  } catch {
    return null // not written yet
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) })).ok
  } catch {
    return false
  }
}

/** The coded error that the program's log ends with; the log itself has the rest. */
async function lastWords(dataDir: string): Promise<{ code: ErrorCode; message: string }> {
  const file = join(dataDir, 'serve.log')
  const end = await tail(file, 8192)
  const coded = [...end.matchAll(/^(CW_[A-Z_]+): (.*)$/gm)].at(-1)
  const code = coded?.[1]
  if (code !== undefined && isErrorCode(code)) return { code, message: coded?.[2] ?? errors[code].title }
  return { code: 'CW_INTERNAL', message: `The API did not start; ${file} says why` }
}

async function tail(file: string, bytes: number): Promise<string> {
  try {
    const handle = await open(file)
    try {
      const { size } = await handle.stat()
      const start = Math.max(0, size - bytes)
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(bytes), 0, bytes, start)
      return buffer.subarray(0, bytesRead).toString('utf8')
    } finally {
      await handle.close()
    }
  } catch {
    return ''
  }
}
