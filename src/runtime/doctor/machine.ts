/** The machine and the running process: Node, disk, the API. */
import { existsSync } from 'node:fs'
import { readFile, statfs } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { note, well, wrong, type Finding } from './finding.ts'

const LEAST_NODE = 24
const LEAST_FREE = 1024 * 1024 * 1024

export function examineNode(): Finding {
  const { node } = process.versions
  if (Number(node.split('.')[0]) >= LEAST_NODE) return well('node', `version ${node}`)
  return wrong(
    'node',
    'CW_INTERNAL',
    `version ${node} is too old`,
    `Start it by its npm scripts, or use Node ${LEAST_NODE}.`,
  )
}

export async function examineDisk(dataDir: string): Promise<Finding> {
  let folder = dataDir
  while (!existsSync(folder) && dirname(folder) !== folder) folder = dirname(folder)
  const { bavail, bsize } = await statfs(folder)
  const free = bavail * bsize
  const said = `${(free / 1024 ** 3).toFixed(1)} GiB free for ${dataDir}`
  return free < LEAST_FREE ? wrong('disk', 'CW_DISK_FULL', said) : well('disk', said)
}

const address = z.object({ url: z.string() })
const readiness = z.object({
  parts: z.array(z.object({ part: z.string(), ok: z.boolean(), message: z.string().nullable() })),
})

/** Where the API of the data folder last answered; null when it never did. */
export async function apiAddress(dataDir: string): Promise<string | null> {
  try {
    return address.parse(JSON.parse(await readFile(join(dataDir, 'api.json'), 'utf8'))).url
  } catch {
    return null
  }
}

/** @param isSupervised whether `causeway start` runs on the data folder, and the API must therefore answer */
export async function examineApi(dataDir: string, isSupervised: boolean): Promise<Finding[]> {
  try {
    const url = await apiAddress(dataDir)
    const response = await fetch(`${url}/ready`, { signal: AbortSignal.timeout(5000) })
    const { parts } = readiness.parse(await response.json())
    const broken = parts.filter(({ ok }) => !ok)
    if (broken.length === 0) return [well('api', `answers at ${url}, and all its parts work`)]
    return broken.map(({ part, message }) => wrong(`api: ${part}`, 'CW_INTERNAL', message ?? 'does not work'))
  } catch {
    if (isSupervised) return [wrong('api', 'CW_NOT_RUNNING', 'does not answer', `Read ${join(dataDir, 'serve.log')}.`)]
    return [note('api', 'not running; `causeway start` starts it')]
  }
}
