import { lookup } from 'node:dns/promises'
import { chmod, mkdtemp, readdir, rename, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { reason } from './failure.ts'
import { type Pinned, type Route, platform, sha256Of, versionOf } from './temporal-pin.ts'

const host = 'temporal.download'

/** A machine without outside network is to notice that at once, and not after the download's own long patience. */
const reachableMs = 3000

/**
 * The CLI from its makers' own download place, by the downloader inside `@temporalio/testing`: it unpacks the program into
 * a folder and starts it once. Where the program's checksum is pinned it is checked; its version always is.
 */
export async function downloadOfficial(pin: Pinned, cache: string): Promise<Route> {
  const unreachable = await whyUnreachable()
  if (unreachable !== null) return { why: unreachable }
  const draft = await mkdtemp(join(cache, '.official-'))
  try {
    const { TestWorkflowEnvironment } = await import('@temporalio/testing')
    const executable = { type: 'cached-download', downloadDir: draft, version: `v${pin.version}` } as const
    const environment = await TestWorkflowEnvironment.createLocal({ server: { executable } })
    await environment.teardown()

    const [file] = (await readdir(draft)).filter((name) => name.startsWith('temporal'))
    if (file === undefined) return { why: `the download left no program in ${draft}` }
    const program = join(draft, file)
    const expected = pin.wheels[platform]?.programSha256
    const sum = expected === undefined ? undefined : await sha256Of(program)
    if (sum !== expected) return { why: `the program's SHA-256 is ${sum}, expected ${expected}` }
    await chmod(program, 0o755)
    const version = await versionOf(program)
    if (!('version' in version)) return version
    if (version.version !== pin.version) return { why: `it is version ${version.version}` }
    const path = join(cache, pin.file)
    await rename(program, path)
    return { path }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function whyUnreachable(): Promise<string | null> {
  try {
    const { address } = await lookup(host)
    return await new Promise((resolve) => {
      const socket = connect({ host: address, port: 443, timeout: reachableMs })
      const answer = (why: string | null) => {
        socket.destroy()
        resolve(why)
      }
      socket.once('connect', () => answer(null))
      socket.once('timeout', () => answer(`${host} does not answer within ${reachableMs} ms`))
      socket.once('error', (error) => answer(`${host} cannot be reached: ${reason(error)}`))
    })
  } catch (error) {
    return `${host} cannot be found: ${reason(error)}`
  }
}
