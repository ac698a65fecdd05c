/** Reads causeway.yaml. Every finding names the file, the line, the path, what was found and what was expected. */
import { readFileSync } from 'node:fs'
import { isMap, isScalar, isSeq, LineCounter, parseDocument, visit, type Document, type Node } from 'yaml'
import type { z } from 'zod'
import { CausewayError } from '../../errors.ts'
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
  const source = read(file)
  return parseConfig(file, source, env, check)
}

export function parseConfig(
  file: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
): ConfigDocument {
  const lines = new LineCounter()
  const document = parseDocument(source, { lineCounter: lines, prettyErrors: false })
  if (document.errors.length > 0) {
    refuse(
      file,
      document.errors.map((e) => ({ line: lines.linePos(e.pos[0]).line, path: '', message: firstLine(e.message) })),
    )
  }
  resolveSecrets(file, document, lines, env)
  const parsed = configSchema.safeParse(valueOf(file, document, lines) ?? {})
  if (!parsed.success)
    refuse(
      file,
      parsed.error.issues.flatMap((issue) => findingsOf(issue, document, lines)),
    )
  const config = parsed.data
  const findings = [...checkConnections(config, document, lines, check), ...checkRouting(config, document, lines)]
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

/** The document as plain values. An alias that names nothing, or that multiplies without measure, is a mistake of the file. */
function valueOf(file: string, document: Document, lines: LineCounter): unknown {
  const dangling: Finding[] = []
  visit(document, {
    Alias(_, node) {
      if (node.resolve(document) === undefined)
        dangling.push({
          line: lineOf(node, lines),
          path: `*${node.source}`,
          message: 'there is no anchor of this name',
        })
    },
  })
  if (dangling.length > 0) refuse(file, dangling)
  try {
    return document.toJS()
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error
    refuse(file, [{ line: 1, path: '', message: 'its aliases multiply without measure' }])
  }
}

const REFERENCE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g

/** Puts the value of each `${NAME}` in its place, in memory only. */
function resolveSecrets(
  file: string,
  document: Document,
  lines: LineCounter,
  env: Readonly<Record<string, string | undefined>>,
): void {
  const missing: Finding[] = []
  visit(document, {
    Scalar(_, node) {
      if (typeof node.value !== 'string') return
      node.value = node.value.replace(REFERENCE, (whole, name: string) => {
        const value = env[name]
        if (value === undefined || value === '')
          missing.push({ line: lineOf(node, lines), path: name, message: `environment variable ${name} is not set` })
        return value ?? whole
      })
    },
  })
  if (missing.length > 0) {
    throw new CausewayError('CW_CONFIG_SECRET_MISSING', list(file, missing), {
      file,
      variables: [...new Set(missing.map((m) => m.path))],
    })
  }
}

function checkConnections(
  config: ConfigDocument,
  document: Document,
  lines: LineCounter,
  check: CheckSettings,
): Finding[] {
  return Object.entries(config.connections).flatMap(([name, connection]) =>
    check(connection.vendor, connection.role, connection.settings).map((issue) => {
      const path = ['connections', name, ...issue.path]
      return { line: lineAt(document, path, lines), path: path.join('.'), message: issue.message }
    }),
  )
}

function checkRouting(config: ConfigDocument, document: Document, lines: LineCounter): Finding[] {
  const crms = Object.entries(config.connections)
    .filter(([, c]) => c.role === 'crm')
    .map(([name]) => name)
  return config.routing.flatMap((rule, index) => {
    if (crms.includes(rule.to)) return []
    const path = ['routing', index, 'to']
    return [
      {
        line: lineAt(document, path, lines),
        path: path.join('.'),
        message: `found "${rule.to}", expected a connection of role crm: ${crms.join(', ') || 'there is none'}`,
      },
    ]
  })
}

function findingsOf(issue: z.core.$ZodIssue, document: Document, lines: LineCounter): Finding[] {
  const path = issue.path
  const line = lineAt(document, path, lines)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      line: lineAt(document, [...path, key], lines),
      path: [...path, key].join('.'),
      message: 'is not a setting that exists here',
    }))
  }
  const found =
    issue.code === 'custom' || issue.code === 'invalid_key' ? '' : `, found ${describe(document.getIn(path))}`
  return [{ line, path: path.map(String).join('.') || '(the file)', message: `${expectation(issue)}${found}` }]
}

function expectation(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${issue.expected}`
  return issue.code === 'invalid_key' ? (issue.issues[0]?.message ?? issue.message) : issue.message
}

/** What stands there, without giving away a value that may be a secret. */
function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'an empty value'
  if (isMap(value)) return 'a group of settings'
  if (isSeq(value)) return 'a list'
  return `a ${typeof value}`
}

/** The line of the deepest part of the path that stands in the file. */
function lineAt(document: Document, path: readonly PropertyKey[], lines: LineCounter): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const parent = depth === 1 ? document.contents : document.getIn(path.slice(0, depth - 1), true)
    const key = path[depth - 1]
    const pair = isMap(parent) ? parent.items.find((item) => isScalar(item.key) && item.key.value === key) : undefined
    if (pair !== undefined && isScalar(pair.key)) return lineOf(pair.key, lines)
    const node = document.getIn(path.slice(0, depth), true)
    if (isMap(node) || isSeq(node) || isScalar(node)) return lineOf(node, lines)
  }
  return 1
}

function lineOf(node: Node, lines: LineCounter): number {
  return lines.linePos(node.range?.[0] ?? 0).line
}

function refuse(file: string, found: Finding[]): never {
  const findings = found.toSorted((a, b) => a.line - b.line)
  throw new CausewayError('CW_CONFIG_INVALID', list(file, findings), { file, findings })
}

function list(file: string, findings: Finding[]): string {
  return findings
    .map(({ line, path, message }) => `${file}:${String(line)} ${path}${path === '' ? '' : ': '}${message}`)
    .join('\n')
}

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? text
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
