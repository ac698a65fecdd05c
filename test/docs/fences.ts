/** The examples of a page of documentation, so that tests can run them. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** Every page of documentation, relative to the repository. */
export const pages = ['README.md', ...globSync('docs/**/*.md', { cwd: root })].toSorted()

export function read(page: string): string {
  return readFileSync(join(root, page), 'utf8')
}

/** The bodies of fenced examples in one language, in the order of the page. */
export function examples(page: string, language: string): string[] {
  return [...read(page).matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].flatMap(([, found, body]) =>
    found === language && body !== undefined ? [body] : [],
  )
}

/** A shell line's words; quotes keep a word together. Environment in front of the command is left out. */
export function words(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)]
    .map(([, double, single, plain]) => double ?? single ?? plain ?? '')
    .filter((_, place, all) => !all.slice(0, place + 1).every((w) => /^[A-Z_]+=/.test(w)))
}
