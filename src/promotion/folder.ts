/** The directory that is reviewed in git: `connections.yaml`, `policy.yaml`, `environment.yaml`, and a mapping document an object. */
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { stringify } from 'yaml'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { LocatedYaml } from '../located-yaml.ts'
import { resolved, resolvedValue, type Environment } from './references.ts'

const MAPPINGS = 'mappings'

export interface FolderMapping {
  connection: string
  object: string
  source: string
  file: string
}

export interface Folder {
  environment: Environment
  /** `connections`, `routing` and `policy`, with the environment's values in place; null: the directory has no such files. */
  config: unknown
  mappings: FolderMapping[]
}

const environmentSchema = z.record(
  z.string().regex(/^[a-z][A-Za-z0-9.-]*$/, 'expected a name such as sales.ownerFallback'),
  z.union([z.string(), z.number(), z.boolean(), z.array(z.union([z.string(), z.number()]))]),
)

/**
 * @param environmentFile where the values of the environment stand; by default beside the rest
 * @throws CW_CONFIG_INVALID with every line that is wrong or names a value that the environment does not have
 */
export async function readFolder(folder: string, environmentFile?: string): Promise<Folder> {
  await requireExport(folder)
  const environment = await readEnvironmentFile(environmentFile ?? join(folder, 'environment.yaml'))
  const missing: string[] = []
  const config: Record<string, unknown> = {}
  let hasConfig = false
  for (const name of ['connections.yaml', 'policy.yaml']) {
    const file = join(folder, name)
    const value = await readYaml(file)
    if (value === undefined) continue
    hasConfig = true
    const note = (reference: string) => void missing.push(`${file}: $(${reference}) has no value`)
    Object.assign(config, z.record(z.string(), z.unknown()).parse(resolvedValue(value ?? {}, environment, note)))
  }
  const mappings = await readMappings(join(folder, MAPPINGS), environment, missing)
  if (missing.length > 0) refuse(missing)
  return { environment, config: hasConfig ? config : null, mappings }
}

/** Of a folder that is not there or another one, every mapping would seem to be taken away. */
async function requireExport(folder: string): Promise<void> {
  const names: string[] | null = await readdir(folder).catch(() => null)
  const why =
    names === null
      ? 'cannot be read as a directory'
      : ['connections.yaml', 'policy.yaml', MAPPINGS].some((name) => names.includes(name))
        ? null
        : `holds none of connections.yaml, policy.yaml and ${MAPPINGS}/`
  if (why !== null)
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      `${folder} ${why}: name a directory that \`causeway config export\` wrote`,
      { folder },
    )
}

/** The documents of a folder, with the environment's values in place. */
export async function readMappings(
  folder: string,
  environment: Environment,
  missing: string[],
): Promise<FolderMapping[]> {
  const found: FolderMapping[] = []
  for (const { file, ...place } of await mappingFiles(folder)) {
    const made = resolved(await readFile(file, 'utf8'), environment)
    missing.push(...made.missing.map(({ name, line }) => `${file}:${line} $(${name}) has no value`))
    found.push({ ...place, file, source: made.source })
  }
  return found
}

/** `<connection>.<object>.yaml` or `.json`, in the order of their names. */
async function mappingFiles(folder: string): Promise<Omit<FolderMapping, 'source'>[]> {
  const names: string[] = await readdir(folder).catch(() => [])
  return names.toSorted().flatMap((name) => {
    const [, connection = '', object = ''] = /^([a-z][a-z0-9-]*)\.(.+)\.(?:ya?ml|json)$/.exec(name) ?? []
    return connection === '' ? [] : [{ connection, object: decodeURIComponent(object), file: join(folder, name) }]
  })
}

export function mappingFile(connection: string, object: string): string {
  return join(MAPPINGS, `${connection}.${encodeURIComponent(object)}.yaml`)
}

/** Writes the files; mapping documents of objects that are not among them are removed. Answers the names that went. */
export async function writeFolder(folder: string, files: ReadonlyMap<string, string>): Promise<string[]> {
  await mkdir(join(folder, MAPPINGS), { recursive: true })
  for (const [name, text] of files) await writeFile(join(folder, name), text)
  const gone = (await mappingFiles(join(folder, MAPPINGS)))
    .map(({ file }) => join(MAPPINGS, basename(file)))
    .filter((name) => !files.has(name))
  for (const name of gone) await rm(join(folder, name))
  return gone
}

/** The values of an environment; a file that is not there says none. */
export async function readEnvironmentFile(file: string): Promise<Environment> {
  const parsed = environmentSchema.safeParse((await readYaml(file)) ?? {})
  if (parsed.success) return parsed.data
  return refuse(parsed.error.issues.map(({ path, message }) => `${file}: ${path.join('.')}: ${message}`))
}

export function environmentText(environment: Environment): string {
  const head = '# What belongs to this environment alone. The other files name it: $(name).\n'
  const sorted = Object.fromEntries(Object.entries(environment).toSorted(([a], [b]) => (a < b ? -1 : 1)))
  return Object.keys(sorted).length === 0 ? `${head}{}\n` : head + stringify(sorted, { lineWidth: 0 })
}

/** Undefined: there is no such file. */
async function readYaml(file: string): Promise<unknown> {
  let source: string
  try {
    source = await readFile(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const text = new LocatedYaml(source)
  const flaws = text.flaws()
  const read = flaws.length > 0 ? { ok: false as const, flaws } : text.value()
  return read.ok ? read.value : refuse(read.flaws.map(({ line, message }) => `${file}:${line} ${message}`))
}

function refuse(lines: string[]): never {
  throw new CausewayError('CW_CONFIG_INVALID', lines.join('\n'), { lines })
}
