/** Connections, routing and policy of causeway.yaml as they are reviewed and moved: without secrets, the environment's own values apart. */
import { z } from 'zod'
import { Document, isAlias, isCollection, isMap, isScalar, parseDocument, visit, type YAMLMap } from 'yaml'
import { referenceTo, resolvedValue, type Environment, type EnvironmentValue } from './references.ts'

/** Which settings of a vendor are secret, and which are of one environment alone; by their paths. */
export interface Apart {
  secret: readonly string[]
  environment: readonly string[]
}

export interface Portable {
  /** `connections` and `routing`. */
  connections: string
  policy: string
  environment: Environment
  /** Secrets that stood in the file as they are: a reference took their place. */
  warnings: string[]
}

/** Of every connection: how it begins is said for each environment. */
const OF_EVERY = ['mode'] as const

/**
 * @param source the text of causeway.yaml
 * @param apartOf what a vendor keeps apart
 * @param policySource the text of the file that `policy:` names; absent: the policy stands in causeway.yaml
 */
export function portableConfig(
  source: string,
  apartOf: (vendor: string) => Apart,
  policySource: string | null = null,
): Portable {
  const whole = plainDocument(source)
  const environment: Environment = {}
  const warnings: string[] = []
  const connections = whole.get('connections')
  if (isMap(connections))
    for (const { key, value } of connections.items) {
      const name = String(isScalar(key) ? key.value : key)
      if (isMap(value)) keepApart(name, value, apartOf(String(value.get('vendor'))), environment, warnings)
    }
  return {
    connections: only(whole, ['connections', 'routing']),
    policy: policySource === null ? only(whole, ['policy']) : policyAlone(policySource),
    environment,
    warnings,
  }
}

/** What it says, with the environment's own values back in their places: `connections`, `routing` and `policy`. No secret is among them. */
export function portableValues({ connections, policy, environment }: Portable): Record<string, unknown> {
  return objectSchema.parse(
    resolvedValue({ ...objectIn(connections), ...objectIn(policy) }, environment, () => undefined),
  )
}

const objectSchema = z.record(z.string(), z.unknown())

function objectIn(source: string): Record<string, unknown> {
  return objectSchema.parse(parseDocument(source).toJS() ?? {})
}

function keepApart(
  name: string,
  connection: YAMLMap,
  { secret, environment: own }: Apart,
  environment: Environment,
  warnings: string[],
): void {
  const settings = connection.get('settings')
  for (const key of OF_EVERY) put(connection, [key], `${name}.${key}`, environment)
  if (!isMap(settings)) return
  for (const path of own) put(settings, path.split('.'), `${name}.${path}`, environment)
  for (const path of secret) {
    const value = settings.getIn(path.split('.'))
    if (value === undefined || (typeof value === 'string' && /^\$\{[^}]+\}$/.test(value))) continue
    const variable = `${name}_${path}`.replaceAll(/[^A-Za-z0-9]+|(?<=[a-z])(?=[A-Z])/g, '_').toUpperCase()
    settings.setIn(path.split('.'), `\${${variable}}`)
    warnings.push(
      `connections.${name}.settings.${path} is a secret and stands in the file: it is written as \${${variable}}. Keep it out of the file.`,
    )
  }
}

function put(settings: YAMLMap, path: string[], name: string, environment: Environment): void {
  const value = valueOf(settings.getIn(path))
  // What the environment's variables say is kept apart already.
  if (value === undefined || (typeof value === 'string' && value.includes('${'))) return
  environment[name] = value
  settings.setIn(path, referenceTo(name))
}

function valueOf(found: unknown): EnvironmentValue | undefined {
  const plain: unknown = isCollection(found) ? found.toJSON() : found
  if (typeof plain === 'string' || typeof plain === 'number' || typeof plain === 'boolean') return plain
  if (Array.isArray(plain)) return plain.filter((one) => typeof one === 'string' || typeof one === 'number')
  return undefined
}

/** A policy's own document under `policy:`, as one that stands in causeway.yaml is written. */
function policyAlone(source: string): string {
  const own = plainDocument(source)
  if (!isMap(own.contents)) return ''
  if (own.contents.items.length === 1 && own.has('policy')) return own.toString({ lineWidth: 0 })
  const part = new Document({})
  own.contents.commentBefore ??= own.commentBefore
  if (isMap(part.contents)) part.contents.items.push(part.createPair('policy', own.contents))
  return part.toString({ lineWidth: 0 })
}

/** An alias of what is left out would name nothing: such a file is written out. */
function plainDocument(source: string): Document {
  const document: Document = parseDocument(source, { prettyErrors: false })
  let hasAlias = false
  visit(document, { Alias: (_, node) => void (hasAlias ||= isAlias(node)) })
  if (!hasAlias) return document
  const plain: unknown = document.toJS()
  return new Document(plain, { aliasDuplicateObjects: false })
}

/** These top-level parts as a document of their own, with the comments inside them. */
function only(whole: Document, keys: string[]): string {
  const part = new Document({})
  if (!isMap(whole.contents) || !isMap(part.contents)) return ''
  for (const pair of whole.contents.items) {
    const key = isScalar(pair.key) ? pair.key.value : pair.key
    if (typeof key !== 'string' || !keys.includes(key)) continue
    if (isScalar(pair.key)) Object.assign(pair.key, { commentBefore: undefined, spaceBefore: false })
    part.contents.items.push(pair)
  }
  return part.contents.items.length === 0 ? '' : part.toString({ lineWidth: 0 })
}
