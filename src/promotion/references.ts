/**
 * What belongs to one environment alone — ids of portals, owners and pipelines, slugs, addresses — stands in `environment.yaml`, and
 * the other files name it as `$(name)`. Pure: texts in, texts out, and nothing else of a text changes.
 */
import { isPair, parseDocument, Scalar, visit, type Document, type Node, type Pair } from 'yaml'

export type EnvironmentValue = string | number | boolean | (string | number)[]

/** By name; the name begins with the connection that it belongs to. */
export type Environment = Record<string, EnvironmentValue>

const REFERENCE = /^\$\(([a-z][A-Za-z0-9.-]*)\)$/

/** The name that a text refers to; null when it is no reference. */
export function referenceIn(text: unknown): string | null {
  return typeof text === 'string' ? (REFERENCE.exec(text)?.[1] ?? null) : null
}

export function referenceTo(name: string): string {
  return `$(${name})`
}

/** A mapping document with the environment's values named. Only where a vendor's value can stand: never a field's name. */
export function named(source: string, connection: string, environment: Environment): string {
  const names = new Map(
    Object.entries(environment)
      .filter(([name, value]) => name.startsWith(`${connection}.`) && !Array.isArray(value))
      .map(([name, value]) => [String(value), name]),
  )
  // In JSON a name stands in quotes; in YAML it never does, so that a value's quotes are no difference between environments.
  const quoted = source.trimStart().startsWith('{')
  return rewritten(source, (scalar, keys) => {
    const name = holdsValue(keys) ? names.get(String(scalar.value)) : undefined
    if (name === undefined) return null
    return quoted ? JSON.stringify(referenceTo(name)) : referenceTo(name)
  })
}

export interface Resolved {
  source: string
  /** Names that the environment does not have, with their lines. */
  missing: { name: string; line: number }[]
}

/** A mapping document with the values of an environment in the places of their names. */
export function resolved(source: string, environment: Environment): Resolved {
  const missing: Resolved['missing'] = []
  const text = rewritten(source, (scalar, _, at) => {
    const name = referenceIn(scalar.value)
    if (name === null) return null
    const value = environment[name]
    if (value !== undefined && !Array.isArray(value)) return spelt(value, scalar)
    missing.push({ name, line: source.slice(0, at).split('\n').length })
    return null
  })
  return { source: text, missing }
}

/** Plain values with every reference replaced; a list takes the place of its name as a whole. */
export function resolvedValue(value: unknown, environment: Environment, missing: (name: string) => void): unknown {
  if (Array.isArray(value)) return value.map((item) => resolvedValue(item, environment, missing))
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, one]) => [key, resolvedValue(one, environment, missing)]),
    )
  const name = referenceIn(value)
  if (name === null) return value
  const found = environment[name]
  if (found === undefined) missing(name)
  return found ?? value
}

/** Under these keys a document has values of the vendor. */
function holdsValue(keys: readonly string[]): boolean {
  const [last = '', above = ''] = keys.toReversed()
  return (
    ['fallback', 'initial', 'toVendor'].includes(last) ||
    ['fixed', 'values'].includes(above) ||
    (last === 'in' && above === 'when')
  )
}

/** The text with some of its scalars replaced. */
function rewritten(source: string, replaced: (scalar: Scalar, keys: string[], at: number) => string | null): string {
  const document = parseDocument(source, { prettyErrors: false })
  if (document.errors.length > 0) return source
  const edits: { from: number; to: number; put: string }[] = []
  visit(document, {
    Scalar(key, node, path) {
      if (key === 'key' || node.range == null) return
      const [from, to] = node.range
      const put = replaced(node, keysOf(path), from)
      if (put !== null) edits.push({ from, to, put })
    },
  })
  return edits
    .toSorted((a, b) => b.from - a.from)
    .reduce((text, { from, to, put }) => text.slice(0, from) + put + text.slice(to), source)
}

function keysOf(path: readonly (Document | Node | Pair)[]): string[] {
  return path.flatMap((part) => (isPair(part) && part.key instanceof Scalar ? [String(part.key.value)] : []))
}

/** As the scalar in its place is written: in its quotes, or in none where none are needed. */
function spelt(value: string | number | boolean, { type }: Scalar): string {
  if (type === 'QUOTE_DOUBLE') return JSON.stringify(String(value))
  if (type === 'QUOTE_SINGLE') return `'${String(value).replaceAll("'", "''")}'`
  if (typeof value !== 'string') return String(value)
  // What would read as something else than this very text needs quotes.
  const isPlain = /^[\p{L}\p{N}$_][\p{L}\p{N} ()$._/-]*$/u.test(value) && parseDocument(value).toJS() === value
  return isPlain && value.trim() === value ? value : JSON.stringify(value)
}
