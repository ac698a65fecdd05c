import { randomBytes, createHash } from 'node:crypto'
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { CausewayError } from '../../errors.ts'
import { type Account, canUseFolder } from './account.ts'
import { ensureFolder } from './folder.ts'
import type { Log } from './log.ts'
import type { Native } from './postgres-native.ts'

/** The role that owns the embedded database; the road's own roles are made by the migrations. */
export const ownerRole = 'causeway_owner'
export const databaseName = 'causeway'

/** Root's data lies here when the wished folder is closed to the account that runs PostgreSQL. */
const systemFolder = '/var/lib/causeway'

/** Where one embedded PostgreSQL keeps its things. */
export interface PostgresHome {
  folder: string
  data: string
  logFile: string
  passwordFile: string
}

/**
 * The folder for PostgreSQL's data: `<dataDir>/postgres`, or one under /var/lib/causeway when root's wish lies where the
 * account cannot go. The same wish always leads to the same folder: data once moved there stays, should the wish open up.
 *
 * @throws CW_DISK_FULL when it cannot be written or has no room.
 */
export async function postgresHome(dataDir: string, account: Account | null, log: Log): Promise<PostgresHome> {
  const wished = join(resolve(dataDir), 'postgres')
  await ensureFolder(resolve(dataDir))
  await ensureFolder(wished)
  if (account === null) {
    await chmod(wished, 0o700)
    return home(wished)
  }
  await lend(wished, account)
  const reachable = systemFolderFor(wished)
  const isMoved = existsSync(join(reachable, 'data')) && !existsSync(join(wished, 'data'))
  if (!isMoved && canUseFolder(account, wished)) return home(wished)

  await ensureFolder(reachable)
  await chmod(systemFolder, 0o755)
  await lend(reachable, account)
  await writeFile(join(reachable, 'FOR'), `${wished}\n`)
  log(`PostgreSQL's data is kept in ${reachable}: it runs as ${account.name}, who cannot enter ${wished}`)
  return home(reachable)
}

/** Every place where the data of this folder may lie. */
export function postgresHomes(dataDir: string): PostgresHome[] {
  const wished = join(resolve(dataDir), 'postgres')
  return [home(wished), home(systemFolderFor(wished))]
}

function systemFolderFor(wished: string): string {
  return join(systemFolder, createHash('sha256').update(wished).digest('hex').slice(0, 12))
}

function home(folder: string): PostgresHome {
  return {
    folder,
    data: join(folder, 'data'),
    logFile: join(folder, 'postgres.log'),
    passwordFile: join(folder, 'password'),
  }
}

async function lend(folder: string, account: Account): Promise<void> {
  await chown(folder, account.uid, account.gid)
  await chmod(folder, 0o700)
}

/** The owner's password: made once, kept beside the data, readable by its owner only. */
export async function ownerPassword(place: PostgresHome, account: Account | null): Promise<string> {
  if (!existsSync(place.passwordFile)) {
    const draft = `${place.passwordFile}.${process.pid}`
    await writeFile(draft, randomBytes(24).toString('base64url'), { mode: 0o600 })
    if (account) await chown(draft, account.uid, account.gid)
    await rename(draft, place.passwordFile)
  }
  return (await readFile(place.passwordFile, 'utf8')).trim()
}

/**
 * Makes the cluster when there is none. It is made under another name first, so that a start killed midway leaves nothing
 * that looks complete.
 *
 * @throws CW_POSTGRES_START when initdb fails, or when the data belongs to another major version.
 */
export async function ensureCluster(
  place: PostgresHome,
  native: Native,
  account: Account | null,
  durable: boolean,
): Promise<void> {
  const versionFile = join(place.data, 'PG_VERSION')
  const major = native.version.split('.')[0]
  if (existsSync(versionFile)) {
    const found = (await readFile(versionFile, 'utf8')).trim()
    if (found === major) return
    throw new CausewayError(
      'CW_POSTGRES_START',
      `The data in ${place.data} was written by PostgreSQL ${found}; this release brings PostgreSQL ${native.version}`,
      { found, expected: major },
    )
  }
  const draft = `${place.data}.new`
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  if (account) await chown(draft, account.uid, account.gid)
  const initdb = spawnSync(
    join(native.bin, 'initdb'),
    [
      `--pgdata=${draft}`,
      `--username=${ownerRole}`,
      `--pwfile=${place.passwordFile}`,
      '--auth=scram-sha-256',
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      ...(durable ? [] : ['--no-sync']),
    ],
    {
      cwd: '/',
      encoding: 'utf8',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' },
      ...(account ? { uid: account.uid, gid: account.gid } : {}),
    },
  )
  if (initdb.status !== 0) {
    const why = initdb.error?.message ?? initdb.stderr.trim()
    throw new CausewayError('CW_POSTGRES_START', `PostgreSQL could not make its data folder ${place.data}: ${why}`)
  }
  await rename(draft, place.data)
}
