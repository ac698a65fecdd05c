import { spawnSync } from 'node:child_process'
import { CausewayError } from '../../errors.ts'

/** A system account, by the ids that a process is started with. */
export interface Account {
  name: string
  uid: number
  gid: number
}

/**
 * The account that PostgreSQL runs as: null for ourselves. PostgreSQL refuses to run as root, so root lends it an account
 * that the system already has and that owns little: `postgres`, else `nobody`.
 */
export function databaseAccount(): Account | null {
  if (process.getuid?.() !== 0) return null
  for (const name of ['postgres', 'nobody']) {
    const uid = idOf('-u', name)
    const gid = idOf('-g', name)
    if (uid !== null && gid !== null && uid !== 0) return { name, uid, gid }
  }
  throw new CausewayError(
    'CW_POSTGRES_START',
    'PostgreSQL does not run as root, and the system has neither an account "postgres" nor "nobody"',
  )
}

function idOf(option: '-u' | '-g', name: string): number | null {
  const id = spawnSync('id', [option, name], { encoding: 'utf8' })
  return id.status === 0 ? Number(id.stdout.trim()) : null
}

/** Whether the account can enter, list and write the folder: asked of the system itself, which also knows access lists. */
export function canUseFolder(account: Account, folder: string): boolean {
  const shell = spawnSync('/bin/sh', ['-c', 'cd "$0" && test -r . && test -w .', folder], {
    cwd: '/',
    uid: account.uid,
    gid: account.gid,
    stdio: 'ignore',
  })
  return shell.status === 0
}
