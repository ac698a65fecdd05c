/**
 * References in causeway.yaml to what must not stand in it: `${NAME}` takes an environment variable, `${file:/run/secrets/x}` the text of
 * a file. A file is read anew while Causeway runs, so that a secret in it can be replaced at any time.
 */
import { readFileSync, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'

const REFERENCE = /\$\{(?:file:([^}]+)|([A-Za-z_][A-Za-z0-9_]*))\}/g

/** More than any secret; a file that is larger is a mistake. */
const MOST_BYTES = 64 * 1024

export interface Missing {
  /** The variable's name, or the file. */
  name: string
  message: string
}

/**
 * The text with each reference replaced; what is missing is told and left as it stands.
 *
 * @param configFile relative paths are looked up in its folder
 */
export function resolveReferences(
  text: string,
  { configFile, env }: { configFile: string; env: Readonly<Record<string, string | undefined>> },
  missing: (what: Missing) => void,
): string {
  return text.replace(REFERENCE, (whole, path: string | undefined, name: string | undefined) => {
    const found = path === undefined ? variable(env, name ?? '') : secretIn(resolve(dirname(configFile), path.trim()))
    if ('value' in found) return found.value
    missing(found.missing)
    return whole
  })
}

/** The files that a text refers to, by their whole paths. */
export function filesIn(text: string, configFile: string): string[] {
  return [...text.matchAll(REFERENCE)].flatMap(([, path]) =>
    path === undefined ? [] : [resolve(dirname(configFile), path.trim())],
  )
}

type Found = { value: string } | { missing: Missing }

function variable(env: Readonly<Record<string, string | undefined>>, name: string): Found {
  const value = env[name]
  if (value !== undefined && value !== '') return { value }
  return { missing: { name, message: `environment variable ${name} is not set` } }
}

/** Without the line end that editors and `echo` leave behind it. */
function secretIn(file: string): Found {
  const no = (message: string): Found => ({ missing: { name: file, message: `the file ${file} ${message}` } })
  try {
    const facts = statSync(file)
    if (!facts.isFile()) return no('is no ordinary file')
    if (facts.size > MOST_BYTES) return no(`is larger than ${String(MOST_BYTES / 1024)} KiB`)
    const value = readFileSync(file, 'utf8').replace(/\r?\n$/, '')
    return value === '' ? no('is empty') : { value }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    return no(code === 'ENOENT' ? 'is not there' : `cannot be read (${typeof code === 'string' ? code : 'unknown'})`)
  }
}
