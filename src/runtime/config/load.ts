/** Reads causeway.yaml. Every finding names the file, the line, the path, what was found and what was expected. */
import { readFileSync } from 'node:fs'
import { visit } from 'yaml'
import type { z } from 'zod'
import { CausewayError } from '../../errors.ts'
import { expectation, LocatedYaml } from '../../located-yaml.ts'
import { filesIn, resolveReferences } from './references.ts'
import { configSchema, type ConfigDocument } from './schema.ts'

export interface Finding {
  line: number
  path: string
  message: string
}

/** Checks what the vendors' connectors know: answers zod's issues for the settings of a connection. */
export type CheckSettings = (
  vendor: string,
  role: string,
  settings: unknown,
) => { path: PropertyKey[]; message: string }[]

/**
 * @param file the path of the YAML file
 * @param env where `${NAME}` references are looked up
 * @throws CW_CONFIG_INVALID with every finding, CW_CONFIG_SECRET_MISSING with the names that are not set
 */
export function loadConfig(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
): ConfigDocument {
  return openConfig(file, read(file), env, check).config
}

/** A configuration whose secrets may be replaced while it is in force. */
export interface OpenConfig {
  config: ConfigDocument
  /** The same document with the files that it refers to read anew; edits of the document itself wait for the next start. */
  again: () => ConfigDocument
  /** The files that hold secrets. */
  files: string[]
}

/** `loadConfig`, for processes that go on: what the document's files hold can be read anew. */
export function openConfigFile(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
): OpenConfig {
  return openConfig(file, read(file), env, check)
}

export function openConfig(
  file: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
): OpenConfig {
  const again = () => parseConfig(file, source, env, check)
  return { config: again(), again, files: [...new Set(filesIn(source, file))] }
}

export function parseConfig(
  file: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
): ConfigDocument {
  const text = new LocatedYaml(source)
  const flaws = text.flaws()
  if (flaws.length > 0) refuse(file, flaws)
  resolveSecrets(file, text, env)
  const value = text.value()
  if (!value.ok) refuse(file, value.flaws)
  const parsed = configSchema.safeParse(value.value ?? {})
  if (!parsed.success)
    refuse(
      file,
      parsed.error.issues.flatMap((issue) => findingsOf(issue, text)),
    )
  const config = parsed.data
  const findings = [...checkConnections(config, text, check), ...checkRouting(config, text)]
  if (findings.length > 0) refuse(file, findings)
  return config
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new CausewayError(
      'CW_CONFIG_INVALID',
      `${file} cannot be read: ${reasonOf(error)}`,
      { file },
      { cause: error },
    )
  }
}

/** Puts the value of each reference in its place, in memory only. */
function resolveSecrets(file: string, text: LocatedYaml, env: Readonly<Record<string, string | undefined>>): void {
  const missing: Finding[] = []
  visit(text.document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      node.value = resolveReferences(node.value, { configFile: file, env }, ({ name, message }) =>
        missing.push({ line: text.lineOf(node), path: name, message }),
      )
    },
  })
  if (missing.length > 0) {
    throw new CausewayError('CW_CONFIG_SECRET_MISSING', list(file, missing), {
      file,
      variables: [...new Set(missing.map((m) => m.path))],
    })
  }
}

function checkConnections(config: ConfigDocument, text: LocatedYaml, check: CheckSettings): Finding[] {
  return Object.entries(config.connections).flatMap(([name, connection]) =>
    check(connection.vendor, connection.role, connection.settings).map((issue) => {
      const path = ['connections', name, ...issue.path]
      return { line: text.lineAt(path), path: path.join('.'), message: issue.message }
    }),
  )
}

function checkRouting(config: ConfigDocument, text: LocatedYaml): Finding[] {
  const crms = Object.entries(config.connections)
    .filter(([, c]) => c.role === 'crm')
    .map(([name]) => name)
  return config.routing.flatMap((rule, index) => {
    if (crms.includes(rule.to)) return []
    const path = ['routing', index, 'to']
    return [
      {
        line: text.lineAt(path),
        path: path.join('.'),
        message: `found "${rule.to}", expected a connection of role crm: ${crms.join(', ') || 'there is none'}`,
      },
    ]
  })
}

function findingsOf(issue: z.core.$ZodIssue, text: LocatedYaml): Finding[] {
  const path = issue.path
  const line = text.lineAt(path)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: text.lineAt([...path, key]),
      path: [...path, key].join('.'),
      message: 'is not a setting that exists here',
    }))
  }
  const found = issue.code === 'custom' || issue.code === 'invalid_key' ? '' : `, found ${text.kindAt(path)}`
  return [{ line, path: path.map(String).join('.') || '(the file)', message: `${expectation(issue)}${found}` }]
}

function refuse(file: string, found: readonly Finding[]): never {
  const findings = found.map(({ line, path, message }) => ({ line, path, message })).toSorted((a, b) => a.line - b.line)
  throw new CausewayError('CW_CONFIG_INVALID', list(file, findings), { file, findings })
}

function list(file: string, findings: Finding[]): string {
  return findings
    .map(({ line, path, message }) => `${file}:${String(line)} ${path}${path === '' ? '' : ': '}${message}`)
    .join('\n')
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
