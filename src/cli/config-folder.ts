/** `causeway config export`, `diff` and `apply`: mappings, connections and policy, reviewed in git and moved between environments. */
import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { Document, parseDocument } from 'yaml'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { LocatedYaml } from '../located-yaml.ts'
import {
  environmentText,
  mappingFile,
  readEnvironmentFile,
  readFolder,
  writeFolder,
  type Folder,
} from '../promotion/folder.ts'
import { portableConfig, portableValues, type Portable } from '../promotion/portable.ts'
import { named } from '../promotion/references.ts'
import { differencesBetween, type ValueDifference } from '../promotion/values.ts'
import { answer } from './answer.ts'
import { openApi, type ApiClient } from './client.ts'
import { isConfirmed } from './confirm.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'

const text = z.string().nullable()
const inForce = z.looseObject({
  items: z.array(z.looseObject({ connection: z.string(), object: z.string(), version: z.number(), source: text })),
})
const judged = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      what: z.string(),
      changes: z.array(z.string()),
      findings: z.array(
        z.looseObject({
          severity: z.string(),
          code: z.string(),
          line: z.number().nullable(),
          reason: z.string(),
          proposal: text,
        }),
      ),
      version: z.number().nullable(),
    }),
  ),
})
type Judged = z.infer<typeof judged>['items'][number]

interface FolderOptions extends CommonOptions {
  environment?: string
}

/** Something differs. */
const DIFFERS = 3

export function configFolderCommands(config: Command, context: () => CliContext): void {
  leaf(
    config,
    'export',
    'write mappings, connections and policy into a directory, to be reviewed and applied elsewhere',
    ['config export -o ./causeway-config', 'config export -o . --environment environments/staging.yaml'],
  )
    .requiredOption('-o, --output <dir>', 'the directory')
    .option('--environment <file>', 'where this environment’s own values stand (default: environment.yaml there)')
    .action(async (options: FolderOptions & { output: string }) => {
      const ctx = context()
      const { files, environmentFile, warnings } = await exported(ctx, options.output, options.environment)
      const gone = await writeFolder(options.output, files)
      await writeFile(environmentFile.name, environmentFile.text)
      const written = [...files.keys(), environmentFile.name]
      answer(ctx, options, { written, removed: gone, warnings }, () =>
        [
          ...written.map((name) => `wrote    ${name}`),
          ...gone.map((name) => `removed  ${name}`),
          ...warnings.map((warning) => `! ${warning}`),
        ].join('\n'),
      )
    })

  leaf(
    config,
    'diff <dir>',
    'show what differs between a directory and what is in force (exit code 0: nothing, 3: something)',
    ['config diff ./causeway-config', 'config diff . --environment environments/production.yaml'],
  )
    .option('--environment <file>', 'the values of this environment (default: environment.yaml there)')
    .action(async (dir: string, options: FolderOptions) => {
      const ctx = context()
      const found = await compared(ctx, await openApi(ctx.env), await readFolder(dir, options.environment))
      answer(ctx, options, found, () => told(found))
      if (differs(found)) process.exitCode = DIFFERS
    })

  leaf(
    config,
    'apply <dir>',
    'put the mappings of a directory in force, all or none, once connections and policy are equal',
    ['config apply ./causeway-config', 'config apply . --environment environments/production.yaml --yes'],
  )
    .option('--environment <file>', 'the values of this environment (default: environment.yaml there)')
    .option('--write', 'where connections or policy differ: write causeway.yaml; start again and apply once more')
    .option('--despite', 'also where the checks of the mappings found errors')
    .option('--yes', 'do not ask')
    .action(async (dir: string, options: FolderOptions & { write?: boolean; despite?: boolean; yes?: boolean }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const folder = await readFolder(dir, options.environment)
      // What is in force is looked at first: whatever is published from here on is a conflict.
      const { items: seen } = await api.get('/config/mappings', {}, inForce)
      const found = await compared(ctx, api, folder)
      if (found.config.length > 0) return mendConfig(ctx, options, folder, found.config)
      if (!differs(found)) return answer(ctx, options, { applied: [] }, () => 'Nothing differs: all of it is in force.')
      if (options.json !== true) ctx.out(told(found))
      if (!(await isConfirmed(ctx, options, 'Put this in force?'))) return ctx.out('Nothing was done.')
      const expected = seen.map(({ connection, object, version }) => ({ connection, object, version }))
      const done = await send(api, folder, { expected, despite: options.despite === true })
      const applied = done.filter(({ version }) => version !== null)
      answer(ctx, options, { applied }, () =>
        applied
          .map(({ connection, object, version }) => `${connection} ${object}: version ${version} is in force`)
          .join('\n'),
      )
    })
}

interface Exported {
  files: Map<string, string>
  environmentFile: { name: string; text: string }
  warnings: string[]
}

async function exported(ctx: CliContext, folder: string, given: string | undefined): Promise<Exported> {
  const name = given ?? join(folder, 'environment.yaml')
  const config = await portable(ctx)
  if (config === null) throw new CausewayError('CW_CONFIG_INVALID', `${ctx.env.configFile} cannot be read here`)
  // Names that somebody added by hand stay, and are looked for in the mappings.
  const environment = { ...(await readEnvironmentFile(name)), ...config.environment }
  const { items } = await (await openApi(ctx.env)).get('/config/mappings', {}, inForce)
  const mappings = items.flatMap(({ connection, object, source }): [string, string][] =>
    source === null ? [] : [[mappingFile(connection, object), named(source, connection, environment)]],
  )
  const files = new Map([['connections.yaml', config.connections], ['policy.yaml', config.policy], ...mappings])
  return { files, environmentFile: { name, text: environmentText(environment) }, warnings: config.warnings }
}

/** What causeway.yaml says here; null: there is no such file on this machine. */
async function portable(ctx: CliContext): Promise<Portable | null> {
  const source = await readFile(ctx.env.configFile, 'utf8').catch(() => null)
  if (source === null) return null
  const { apartOf } = await import('../../connectors/registry.ts')
  return portableConfig(source, apartOf, (await policyApart(ctx, source))?.source ?? null)
}

/** The file that `policy:` names, with its text; null: the policy stands in causeway.yaml. */
async function policyApart(ctx: CliContext, source: string): Promise<{ file: string; source: string } | null> {
  const { policyFileOf } = await import('../runtime/config/policy-file.ts')
  return policyFileOf(ctx.env.configFile, new LocatedYaml(source))
}

interface Compared {
  config: ValueDifference[]
  /** Whether causeway.yaml was there to be compared. */
  configCompared: boolean
  mappings: Judged[]
}

async function compared(ctx: CliContext, api: ApiClient, folder: Folder): Promise<Compared> {
  const here = folder.config === null ? null : await portable(ctx)
  const config = here === null ? [] : differencesBetween(portableValues(here), folder.config)
  const mappings = await send(api, folder, { dryRun: true })
  return { config, configCompared: here !== null, mappings }
}

async function send(api: ApiClient, { mappings }: Folder, more: Record<string, unknown>): Promise<Judged[]> {
  const documents = mappings.map(({ connection, object, source }) => ({ connection, object, source }))
  return (await api.send('POST', '/config/mappings', { documents, ...more }, judged)).items
}

function differs({ config, mappings }: Compared): boolean {
  return config.length > 0 || mappings.some(({ what }) => what !== 'same')
}

const words: Record<string, string> = {
  new: 'would be published for the first time',
  changed: 'differs',
  back: 'is not in the directory: the vendor’s default would be in force again',
}

function told(found: Compared): string {
  const { config, configCompared, mappings } = found
  const lines = [
    ...config.map(
      ({ path, ours, theirs }) =>
        `${path}: ${ours ?? 'nothing'} in causeway.yaml, ${theirs ?? 'nothing'} in the directory`,
    ),
    ...mappings.flatMap(({ connection, object, what, changes, findings }) => [
      ...(what === 'same' ? [] : [`${mappingFile(connection, object)} ${words[what] ?? what}`]),
      ...changes.map((change) => `  ${change}`),
      ...(what === 'same' ? [] : findings).map(
        ({ severity, code, line, reason, proposal }) =>
          `  ${severity} ${code}${line === null ? '' : ` at line ${line}`}: ${reason}${proposal === null ? '' : ` → ${proposal}`}`,
      ),
    ]),
    ...(configCompared
      ? []
      : ['Connections and policy were not compared: causeway.yaml or its part of the directory is not here.']),
  ]
  return differs(found) ? lines.join('\n') : ['Nothing differs.', ...lines].join('\n')
}

/** Connections and policy are said by causeway.yaml alone, and a start takes them in: mappings come afterwards. */
async function mendConfig(
  ctx: CliContext,
  options: CommonOptions & { write?: boolean; yes?: boolean },
  folder: Folder,
  differences: ValueDifference[],
): Promise<void> {
  const file = ctx.env.configFile
  const lines = differences.map(({ path, ours, theirs }) => `${path}: ${ours ?? 'nothing'} → ${theirs ?? 'nothing'}`)
  if (options.write !== true)
    throw new CausewayError('CW_CONFIG_DIFFERS', `${file} differs from the directory:\n${lines.join('\n')}`, {
      differences,
    })
  if (options.json !== true) ctx.out(lines.join('\n'))
  const before = await readFile(file, 'utf8')
  const apart = await policyApart(ctx, before)
  const wished = z.record(z.string(), z.unknown()).parse(folder.config)
  const document = parseDocument(before)
  for (const [key, value] of Object.entries(wished))
    if (key !== 'policy' || apart === null) document.set(key, document.createNode(value))
  const after = document.toString({ lineWidth: 0 })
  // A policy in a file of its own stays there.
  const policy =
    apart === null || wished['policy'] === undefined || !differences.some(isOfPolicy)
      ? null
      : { ...apart, after: new Document(wished['policy']).toString({ lineWidth: 0 }) }
  const written = [
    ...(apart === null || !differences.every(isOfPolicy) ? [{ file, before, after }] : []),
    ...(policy === null ? [] : [{ file: policy.file, before: policy.source, after: policy.after }]),
  ]
  const names = written.map((one) => one.file).join(' and ')
  if (!(await isConfirmed(ctx, options, `Write ${names}?`))) return ctx.out('Nothing was done.')
  const [{ parseConfig }, { checkSettings }] = await Promise.all([
    import('../runtime/config/load.ts'),
    import('../runtime/compose.ts'),
  ])
  parseConfig(
    file,
    after,
    ctx.env.all,
    checkSettings,
    policy === null ? apart : { file: policy.file, source: policy.after },
  )
  for (const one of written) {
    await writeFile(`${resolve(one.file)}.before`, one.before)
    await writeFile(one.file, one.after)
  }
  answer(
    ctx,
    options,
    { written: written.map((one) => one.file), differences },
    () =>
      `${written.map((one) => `Wrote ${one.file} (the earlier one is ${one.file}.before).`).join('\n')} Start again, then apply once more.`,
  )
  process.exitCode = DIFFERS
}

function isOfPolicy({ path }: ValueDifference): boolean {
  return /^policy(\.|$)/.test(path)
}
