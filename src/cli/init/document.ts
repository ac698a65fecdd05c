/** Writes causeway.yaml for a person to read and go on with. Secrets stand in it as references. */
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join, relative } from 'node:path'
import { isVendor, setUpOf } from '../../../connectors/registry.ts'
import type { Environment } from '../../runtime/environment.ts'
import type { Progress } from './progress.ts'

/** `env:NAME` and `file:/path` name where the secret is; anything else is the secret, kept in a file of its own. */
export async function referenceTo(
  env: Environment,
  connection: string,
  setting: string,
  given: string,
): Promise<string> {
  const [, kind, where] = /^(env|file):(.+)$/s.exec(given) ?? []
  if (kind === 'env') return `\${${where ?? ''}}`
  if (kind === 'file') return `\${file:${where ?? ''}}`
  if (given.startsWith('${')) return given
  const file = join(env.dataDir, 'secrets', `${connection}.${setting}`)
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await writeFile(file, `${given}\n`, { mode: 0o600 })
  const near = relative(dirname(env.configFile), file)
  return `\${file:${near.startsWith('..') ? file : near}}`
}

/**
 * @param api the port of the API; null: any free one
 * @param smtp where mail goes; null: notices wait until it is configured
 */
export async function writeDocument(
  env: Environment,
  progress: Progress,
  { port, smtp }: { port: number | null; smtp: string | null },
): Promise<void> {
  const crms = Object.entries(progress.connections).filter(
    ([, vendor]) => isVendor(vendor) && setUpOf(vendor).role === 'crm',
  )
  const text = [
    '# Written by `causeway init`, and yours to edit: every setting with its default stands in causeway.example.yaml, and',
    '# `causeway config check` names the line of every mistake.',
    '# ${NAME} takes an environment variable, ${file:…} the text of a file; a secret in a file may be replaced at any time.',
    '',
    'api:',
    '  # Where the API listens on this machine; null takes any free port.',
    `  port: ${String(port)}`,
    '',
    ...(smtp === null
      ? [
          '# Without mail, notices to partners and managers wait:',
          '# mail: { smtp: "smtp://user:${file:smtp.password}@mail.example.com:587", from: partners@example.com }',
        ]
      : ['mail:', `  smtp: ${quoted(smtp)}`, '  from: Partner desk <partners@example.com>']),
    '',
    'connections:',
    ...Object.entries(progress.connections).flatMap(([name, vendor]) => connectionLines(progress, name, vendor)),
    '# Which CRM a registration’s deal goes to: the first rule whose conditions (group, tier, currency) all hold.',
    'routing:',
    ...crms.slice(0, 1).map(([name]) => `  - to: ${name}`),
    '',
    'policy:',
    '  # Every ruling cites it: raise it with each change.',
    "  version: '1'",
    '  # Claims are decided by a person until autoApprove says up to which amount a rule may.',
    ...(progress.approver === null
      ? []
      : [
          '  decision:',
          '    # Who is asked when a partner has no manager.',
          `    approver: ${quoted(progress.approver)}`,
        ]),
    '',
  ]
  await mkdir(dirname(env.configFile), { recursive: true })
  await writeFile(env.configFile, text.join('\n'))
}

function connectionLines({ answers, sandbox }: Progress, name: string, vendor: string): string[] {
  if (!isVendor(vendor)) return []
  const { title, role, questions } = setUpOf(vendor)
  const chooses = new Set(questions.flatMap(({ key, setting }) => (setting === null ? [key] : [])))
  const settings = Object.entries(answers[name] ?? {}).filter(([key]) => !chooses.has(key))
  return [
    `  # ${title}`,
    `  ${name}:`,
    `    vendor: ${vendor}`,
    `    role: ${role}`,
    `    # Nothing is written until \`causeway connections go-live ${name}\`; afterwards that and \`observe\` switch it.`,
    '    mode: observe',
    ...(sandbox ? ['    poll: 2s'] : []),
    '    settings:',
    ...settings.map(([key, value]) => `      ${key}: ${quoted(value)}`),
    '',
  ]
}

/** YAML reads JSON's strings as they are. */
const quoted = (text: string) => JSON.stringify(text)
