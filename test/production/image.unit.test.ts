import { spawnSync } from 'node:child_process'
import { accessSync, constants, existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { commandNames } from './command-tree.ts'
import { root } from './compose-file.ts'
import { readDockerfile, reachesBuild, shippedCode } from './dockerfile.ts'

const { instructions, copied } = readDockerfile()
const values = (name: string) => instructions.filter((i) => i.name === name).map(({ rest }) => rest)
const manifest = z
  .object({ dependencies: z.record(z.string(), z.string()), devDependencies: z.record(z.string(), z.string()) })
  .parse(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')))

describe('the image', () => {
  it('copies what exists and is not kept from the build', () => {
    expect(copied.length).toBeGreaterThan(0)
    expect(copied.filter((path) => !existsSync(join(root, path)))).toEqual([])
    expect(copied.filter((path) => !reachesBuild(path))).toEqual([])
  })

  it('lets no secret and no test into the build', () => {
    const kept = [
      '.env',
      'deploy/secrets.env',
      'causeway.yaml',
      '.git/config',
      '.causeway/secret.key',
      'node_modules/x',
    ]
    const tests = ['src/domain/ruling.unit.test.ts', 'connectors/hubspot/rig.test-support.ts', 'test/story/x.ts']
    expect([...kept, ...tests].filter(reachesBuild)).toEqual([])
    expect(reachesBuild('src/cli.ts')).toBe(true)
  })

  it('holds every file and package that its code imports', () => {
    const files = new Set(shippedCode())
    expect(files.has('src/cli.ts')).toBe(true)
    const missing = [...files].flatMap((file) => importsOf(file).flatMap((name) => lacking(file, name, files)))
    expect(missing).toEqual([])
  })

  it('holds every file that its code names by address, such as workflows and migrations', () => {
    const named = shippedCode().flatMap((file) => {
      const source = readFileSync(join(root, file), 'utf8')
      const found = source.matchAll(/new URL\('(\.[^']+)', import\.meta\.url\)/g)
      return [...found].map(([, path = '']) => normalize(join(dirname(file), path)))
    })
    expect(named).toContain('workflows/index.ts')
    expect(named.filter((path) => !isInImage(path))).toEqual([])
  })

  it('runs Node of the major version that is developed with, on glibc, not as root', () => {
    const [, major] = /^NODE_IMAGE=node:(\d+)-(?!alpine)[\w-]+$/.exec(values('ARG')[0] ?? '') ?? []
    expect(major).toBe(manifest.devDependencies['node']?.split('.')[0])
    expect(values('USER').at(-1)).toBe('node')
  })

  it('starts by commands that exist', () => {
    expect(values('ENTRYPOINT')).toEqual(['["causeway"]'])
    const started = z.array(z.string()).parse(JSON.parse(values('CMD').at(-1) ?? '[]'))
    expect(commandNames).toContain(started[0])
  })

  it('has scripts that a shell can read and the system can run', () => {
    const shells = ['causeway', 'postgres/roles.sh', 'temporal/schema.sh', 'temporal/namespace.sh']
    for (const script of [...shells, 'answers']) accessSync(join(root, 'deploy', script), constants.X_OK)
    for (const script of shells)
      expect(spawnSync('sh', ['-n', join(root, 'deploy', script)], { encoding: 'utf8' }).stderr).toBe('')
    expect(readFileSync(join(root, 'deploy/causeway'), 'utf8')).toContain('exec node /app/src/cli.ts "$@"')
  })
})

function isInImage(path: string): boolean {
  const isCopied = copied.some((folder) => `${path}/`.startsWith(`${folder}/`))
  return isCopied && reachesBuild(path) && existsSync(join(root, path))
}

function importsOf(file: string): string[] {
  const source = readFileSync(join(root, file), 'utf8')
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\s(?!type\s)[^'"`;]*?from\s+'([^']+)'|\bimport\('([^']+)'\)/g,
  )
  return [...found].map(([, fixed, dynamic]) => fixed ?? dynamic ?? '')
}

/** Only `causeway start` downloads a Temporal CLI; a container has servers of its own beside it. */
const onlyEmbedded = new Set(['src/runtime/embedded/temporal-official.ts @temporalio/testing'])

function lacking(file: string, name: string, files: ReadonlySet<string>): string[] {
  const label = `${file} ${name}`
  if (name.startsWith('node:') || onlyEmbedded.has(label)) return []
  if (name.startsWith('.')) return files.has(normalize(join(dirname(file), name))) ? [] : [label]
  const packageName = name
    .split('/')
    .slice(0, name.startsWith('@') ? 2 : 1)
    .join('/')
  return packageName in manifest.dependencies ? [] : [label]
}
