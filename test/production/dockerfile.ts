/** What the Dockerfile puts into the image, so that it can be compared with what the programs need. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './compose-file.ts'

export interface Dockerfile {
  instructions: { name: string; rest: string }[]
  /** Sources of COPY that come from the build context. */
  copied: string[]
}

export function readDockerfile(): Dockerfile {
  const lines = readFileSync(join(root, 'Dockerfile'), 'utf8')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .join('\n')
    .replaceAll('\\\n', ' ')
    .split('\n')
  const instructions = lines.flatMap((line) => {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? []
    return name === undefined || rest === undefined ? [] : [{ name, rest }]
  })
  const copied = instructions
    .filter(({ name, rest }) => name === 'COPY' && !rest.includes('--from='))
    .flatMap(({ rest }) =>
      rest
        .split(/\s+/)
        .filter((word) => !word.startsWith('--'))
        .slice(0, -1),
    )
  return { instructions, copied: [...new Set(copied.map((path) => path.replace(/^\.\//, '')))] }
}

/** Whether .dockerignore lets a file reach the build: the last rule that fits decides. */
export function reachesBuild(path: string): boolean {
  const rules = readFileSync(join(root, '.dockerignore'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
  let isIgnored = false
  for (const rule of rules) {
    const pattern = rule.replace(/^!/, '')
    if (fits(path, pattern)) isIgnored = !rule.startsWith('!')
  }
  return !isIgnored
}

/** A rule fits a path when it fits the path itself or a folder that it lies in. */
function fits(path: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(/[.+^${}()|[\]\\]/g, String.raw`\$&`)
    .replaceAll('**/', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '(?:.*/)?')
  return new RegExp(`^${source}(/|$)`).test(path)
}

/** Every TypeScript file of the image. */
export function shippedCode(): string[] {
  return readDockerfile()
    .copied.flatMap((path) => globSync(`${path}/**/*.ts`, { cwd: root }))
    .filter(reachesBuild)
}
