/** The policy as a document of its own: `policy: policy.yaml` in causeway.yaml, or a draft. */
import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Document, isMap, visit } from 'yaml'
import { policySchema, type Policy } from '../../domain/policy/policy.ts'
import { LocatedYaml } from '../../located-yaml.ts'
import { findingsOf, invalid, type Finding } from './findings.ts'
import { resolveSecrets } from './resolve-secrets.ts'

export interface PolicyFile {
  /** As people find it: beside the configuration file unless it is an absolute path. */
  file: string
  source: string
}

/**
 * The file that the configuration names as its policy; null: the policy stands in the configuration itself.
 *
 * @throws CW_CONFIG_INVALID when it cannot be read
 */
export function policyFileOf(configFile: string, text: LocatedYaml): PolicyFile | null {
  const named: unknown = text.document.get('policy')
  if (typeof named !== 'string') return null
  const file = resolve(dirname(configFile), named)
  try {
    return { file, source: readFileSync(file, 'utf8') }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw invalid(configFile, [
      { line: text.lineAt(['policy']), path: 'policy', message: `${file} cannot be read: ${reason}` },
    ])
  }
}

/** The policy that stands in causeway.yaml, as a document of its own. */
export function inlinePolicy(text: LocatedYaml): string {
  const node: unknown = text.document.get('policy', true)
  if (!isMap(node)) return '{}\n'
  let aliased = false
  visit(node, { Alias: () => void (aliased = true) })
  // What an alias repeats may stand outside of the policy.
  const value: unknown = aliased ? node.toJS(text.document) : node
  return new Document(value).toString({ lineWidth: 0 })
}

/**
 * Reads a policy's own document. What is exported for review has `policy:` above everything, and is read as well.
 *
 * @throws CW_CONFIG_SECRET_MISSING with the names that are not set
 */
export function readPolicyFile(
  { file, source }: PolicyFile,
  env: Readonly<Record<string, string | undefined>>,
): { ok: true; policy: Policy; document: unknown } | { ok: false; findings: Finding[] } {
  const text = new LocatedYaml(source)
  const flawed = (found: Finding[]) => ({ ok: false as const, findings: found.map((one) => ({ ...one, file })) })
  const flaws = text.flaws()
  if (flaws.length > 0) return flawed(flaws.map(({ line, path, message }) => ({ line, path, message })))
  resolveSecrets(file, text, env)
  const value = text.value()
  if (!value.ok) return flawed(value.flaws.map(({ line, path, message }) => ({ line, path, message })))
  const under = isUnder(value.value) ? ['policy'] : []
  const document = policyIn(value.value)
  const parsed = policySchema.safeParse(document)
  if (parsed.success) return { ok: true, policy: parsed.data, document }
  return flawed(parsed.error.issues.flatMap((issue) => findingsOf({ ...issue, path: [...under, ...issue.path] }, text)))
}

/** The policy of its own document: what is exported for review has `policy:` above everything. */
export function policyIn(document: unknown): unknown {
  return (isUnder(document) ? document.policy : document) ?? {}
}

function isUnder(value: unknown): value is { policy: unknown } {
  return typeof value === 'object' && value !== null && 'policy' in value && Object.keys(value).length === 1
}
