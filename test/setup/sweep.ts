import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { postgresHomes } from '../../src/runtime/embedded/postgres-home.ts'
import { leftRunning } from '../../src/runtime/embedded/postmaster-file.ts'
import { end, lives, nameOf } from '../../src/runtime/embedded/process.ts'
import { leftBehind } from '../../src/runtime/embedded/run-file.ts'

const prefix = 'causeway-test-'

/** The folder of this run's servers: in the system's temporary folder, which every account can enter. */
export function runFolder(): string {
  const self = nameOf(process.pid)
  if (self === null) throw new Error('this process does not see itself')
  return join(tmpdir(), `${prefix}${self.pid}-${self.began.replaceAll(/\W/g, '')}`)
}

/** Ends the servers of test runs that were killed, and removes their folders. */
export async function sweepKilledRuns(): Promise<void> {
  for (const entry of await readdir(tmpdir())) {
    const [, pid, began] = /^causeway-test-(\d+)-(\w+)$/.exec(entry) ?? []
    if (pid === undefined || began === undefined) continue
    const name = nameOf(Number(pid))
    if (name !== null && name.began.replaceAll(/\W/g, '') === began) continue
    await removeRun(join(tmpdir(), entry))
  }
}

/** Ends what still runs in a run's folder, then removes it. A folder of another user is left alone. */
export async function removeRun(folder: string): Promise<void> {
  try {
    for (const home of postgresHomes(folder)) {
      const postmaster = await leftRunning(home.data)
      if (postmaster !== null) await end(postmaster, [['SIGQUIT', 3000]])
      await rm(home.folder, { recursive: true, force: true })
    }
    const temporal = leftBehind(join(folder, 'temporal'), 'temporal')
    if (temporal !== null && lives(temporal)) await end(temporal, [])
    await rm(folder, { recursive: true, force: true, maxRetries: 3 })
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'EACCES' || error.code === 'EPERM')) return
    throw error
  }
}
