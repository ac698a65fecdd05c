/** Reads causeway.yaml. Every finding names the file, the line, the path, what was found and what was expected. */
import { readFileSync } from 'node:fs'
import { CausewayError } from '../../errors.ts'
import { LocatedYaml } from '../../located-yaml.ts'
import { findingsOf, invalid, type Finding } from './findings.ts'
import { inlinePolicy, policyFileOf, readPolicyFile, type PolicyFile } from './policy-file.ts'
import { filesIn } from './references.ts'
import { resolveSecrets } from './resolve-secrets.ts'
import { configSchema, type ConfigDocument } from './schema.ts'

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
  // Read once: an edit of it waits for the next start, as one of the document does.
  const policy = policyFileOf(file, new LocatedYaml(source))
  const again = () => parseConfig(file, source, env, check, policy)
  const files = [...filesIn(source, file), ...(policy === null ? [] : filesIn(policy.source, policy.file))]
  return { config: again(), again, files: [...new Set(files)] }
}

/** @param policyFile what `policy:` names, where the caller has read it already */
export function parseConfig(
  file: string,
  source: string,
  env: Readonly<Record<string, string | undefined>>,
  check: CheckSettings,
  policyFile?: PolicyFile | null,
): ConfigDocument {
  const text = new LocatedYaml(source)
  const flaws = text.flaws()
  if (flaws.length > 0) throw invalid(file, flaws)
  const apart = policyFile === undefined ? policyFileOf(file, text) : policyFile
  const policySource = apart?.source ?? inlinePolicy(text)
  resolveSecrets(file, text, env)
  const value = text.value()
  if (!value.ok) throw invalid(file, value.flaws)
  const policy = apart === null ? null : readPolicyFile(apart, env)
  const parsed = configSchema.safeParse(policy === null ? (value.value ?? {}) : withoutPolicy(value.value))
  const findings = [
    ...(policy?.ok === false ? policy.findings : []),
    ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => findingsOf(issue, text))),
  ]
  if (findings.length > 0 || !parsed.success) throw invalid(file, findings)
  const config = { ...parsed.data, ...(policy?.ok === true ? { policy: policy.policy } : {}), policySource, source }
  const beyond = [...checkConnections(config, text, check), ...checkRouting(config, text)]
  if (beyond.length > 0) throw invalid(file, beyond)
  return config
}

function withoutPolicy(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? { ...value, policy: {} } : value
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

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
