/**
 * Completes package-lock.json with the optional packages of other platforms that npm left out: it writes only those that it
 * could see or install, and `npm ci` then refuses the file. Run it after every change of a dependency.
 *
 *   npm run lock
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { z } from 'zod'

const lockFile = join(import.meta.dirname, '..', 'package-lock.json')

const entry = z.looseObject({
  dev: z.boolean().optional(),
  devOptional: z.boolean().optional(),
  optionalDependencies: z.record(z.string(), z.string()).optional(),
})
// Kept as they are, in their order, so that only what is added shows in a diff.
const whole = z.record(z.string(), z.unknown())

const content = whole.parse(JSON.parse(readFileSync(lockFile, 'utf8')))
const packages = whole.parse(content['packages'])
const added: string[] = []
for (const [path, described] of Object.entries(packages)) {
  const parent = entry.parse(described)
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    const isThere = [`${path}/node_modules/${name}`, `node_modules/${name}`].some((place) => place in packages)
    const system = systemOf(name)
    if (isThere || system === null || !/^\d/.test(version)) continue
    // No checksum: what is not served here cannot be summed here. npm then trusts the registry for this one package.
    packages[`node_modules/${name}`] = {
      version,
      ...system,
      ...(parent.dev === undefined ? {} : { dev: parent.dev }),
      ...(parent.devOptional === undefined ? {} : { devOptional: parent.devOptional }),
      optional: true,
    }
    added.push(`${name}@${version}`)
  }
}
content['packages'] = Object.fromEntries(Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en')))
writeFileSync(lockFile, `${JSON.stringify(content, null, 2)}\n`)
console.log(added.length === 0 ? 'package-lock.json is complete' : `added to package-lock.json: ${added.join(', ')}`)

/** The platform in the name of a native package ("@scope/binding-linux-arm64-musl"); null when it names none. */
function systemOf(name: string): { os: string[]; cpu: string[]; libc?: string[] } | null {
  const [, os, cpu, abi] = /(android|darwin|freebsd|linux|openharmony|win32)-([a-z0-9]+)(?:-(\w+))?$/.exec(name) ?? []
  if (os === undefined || cpu === undefined) return null
  if (os !== 'linux') return { os: [os], cpu: [cpu] }
  return { os: [os], cpu: [cpu], ...(abi === undefined ? {} : { libc: [abi.startsWith('musl') ? 'musl' : 'glibc'] }) }
}
