import { readFile, realpath, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hasCode } from './failure.ts'
import { type ProcessName, commandOf, nameOf } from './process.ts'

/** What PostgreSQL says of itself in `postmaster.pid`. */
export interface Postmaster {
  pid: number
  data: string
  port: number
  ready: boolean
}

/** Reads the file that a running PostgreSQL keeps in its data folder; null when there is none, or it is not yet complete. */
export async function readPostmaster(data: string): Promise<Postmaster | null> {
  let text: string
  try {
    text = await readFile(join(data, 'postmaster.pid'), 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return null
    throw error
  }
  // Line 1 pid, 2 data folder, 4 port, 8 status: src/include/utils/pidfile.h of PostgreSQL.
  const lines = text.split('\n').map((line) => line.trim())
  const pid = Number(lines[0])
  if (!Number.isInteger(pid) || pid <= 0) return null
  return { pid, data: lines[1] ?? '', port: Number(lines[3] ?? 0), ready: lines[7] === 'ready' }
}

export type LivingPostmaster = Postmaster & ProcessName

/** The postmaster that lives on the data, if one does. A file left by a dead one, or by a reused id, counts for nothing. */
export async function leftRunning(data: string): Promise<LivingPostmaster | null> {
  const postmaster = await readPostmaster(data)
  if (postmaster === null) return null
  const name = nameOf(postmaster.pid)
  if (name === null) return null
  if ((await realpath(postmaster.data).catch(() => '')) !== (await realpath(data))) return null
  if (commandOf(name.pid).includes(postmaster.data)) return { ...postmaster, ...name }
  // PostgreSQL refuses to start while any process has the id that its file names, even one that is not a PostgreSQL.
  await rm(join(data, 'postmaster.pid'), { force: true })
  return null
}
