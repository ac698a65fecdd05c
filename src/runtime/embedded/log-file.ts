import { open, stat } from 'node:fs/promises'
import { hasCode } from './failure.ts'

/** How long the log is now: what a process says from here on is of this start. */
export async function endOfLog(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 0
    throw error
  }
}

/** The first lines that were written since then; the first ones say what was wrong. */
export async function saidSince(path: string, from: number): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(2000), 0, 2000, from)
    return buffer.subarray(0, bytesRead).toString('utf8').trim()
  } finally {
    await file.close()
  }
}
