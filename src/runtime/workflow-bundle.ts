/** The workflows as the worker's sandbox runs them, bundled once for each state of their source. */
import { createHash } from 'node:crypto'
import { createRequire } from 'node:module'
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker'

const entry = fileURLToPath(new URL('../../workflows/index.ts', import.meta.url))
const folder = dirname(entry)

/** Bundles the workflows; also what the replay of recorded histories is held against. Takes some seconds of a small machine. */
export async function bundleWorkflows(): Promise<{ code: string }> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    logger: new DefaultLogger('WARN', () => undefined),
  })
  return { code }
}

/**
 * The bundle that an earlier start left in `cache` for the same source and the same SDK, else a new one, which is left there.
 * A worker that was killed is back sooner by that.
 *
 * @param cache a folder of this installation's own; null: bundle anew
 */
export async function workflowBundle(cache: string | null): Promise<{ code: string }> {
  if (cache === null) return bundleWorkflows()
  const name = `workflows-${await digest()}.js`
  const kept = await readFile(join(cache, name), 'utf8').catch(() => null)
  if (kept !== null) return { code: kept }
  const bundle = await bundleWorkflows()
  await mkdir(cache, { recursive: true })
  // Written beside and renamed, so that a start that is killed meanwhile leaves no half of it.
  const draft = join(cache, `${name}.${String(process.pid)}`)
  await writeFile(draft, bundle.code, { mode: 0o600 })
  await rename(draft, join(cache, name))
  const older = (await readdir(cache)).filter((file) => file.startsWith('workflows-') && file !== name)
  await Promise.all(older.map((file) => rm(join(cache, file), { force: true })))
  return bundle
}

/** Of every source file and of the SDK that bundles them: another text or another SDK is another bundle. */
async function digest(): Promise<string> {
  const hash = createHash('sha256')
  const sdk: unknown = createRequire(import.meta.url)('@temporalio/worker/package.json')
  hash.update(JSON.stringify(sdk))
  for (const file of (await readdir(folder)).toSorted()) {
    if (file.endsWith('.ts')) hash.update(file).update(await readFile(join(folder, file)))
  }
  return hash.digest('hex').slice(0, 24)
}
