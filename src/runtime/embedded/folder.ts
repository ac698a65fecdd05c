import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, open, rm, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { CausewayError } from '../../errors.ts'
import { hasCode, reason } from './failure.ts'

/** Under this PostgreSQL cannot even write its first log segments, so that starting would only fail less clearly. */
const leastFreeBytes = 128 * 1024 * 1024

/**
 * Makes sure that a data folder exists, can be written and has room. As root, a folder that we create can be passed
 * through by the account that runs PostgreSQL; what lies in it is closed by its own mode.
 *
 * @throws CW_DISK_FULL, saying which folder and what was found.
 */
export async function ensureFolder(folder: string): Promise<void> {
  // Several parts of one process may look at once.
  const probe = join(folder, `.writable-${randomUUID()}`)
  try {
    const isNew = !existsSync(folder)
    await mkdir(folder, { recursive: true })
    if (isNew && process.getuid?.() === 0) await chmod(folder, 0o711)
    const file = await open(probe, 'w', 0o600)
    try {
      await file.writeFile('causeway')
      await file.sync()
    } finally {
      await file.close()
    }
    await rm(probe)
  } catch (error) {
    await rm(probe, { force: true }).catch(() => undefined)
    if (hasCode(error, 'ENOSPC', 'EDQUOT')) {
      throw new CausewayError('CW_DISK_FULL', `The disk that holds ${folder} is full`, { folder }, { cause: error })
    }
    if (hasCode(error, 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EIO')) {
      throw new CausewayError(
        'CW_DISK_FULL',
        `The folder ${folder} cannot be written: ${reason(error)}`,
        { folder },
        { cause: error },
      )
    }
    throw error
  }
  const space = await statfs(folder)
  const free = space.bavail * space.bsize
  if (free < leastFreeBytes) {
    throw new CausewayError(
      'CW_DISK_FULL',
      `The disk that holds ${folder} has ${Math.floor(free / 1024 / 1024)} MiB free; at least ${leastFreeBytes / 1024 / 1024} MiB are needed`,
      { folder, free },
    )
  }
}
