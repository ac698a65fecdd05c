/** `causeway mapping show | save | check | diff | discard | schema`: reading a mapping, and writing another one without it being in force. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { findingCount, findingLines, findingSchema } from './findings.ts'
import { leaf } from './leaf.ts'
import { mappingPath, placeOf, readText } from './mapping-file.ts'

const text = z.string().nullable()
const shown = z.looseObject({ which: z.string(), source: z.string(), author: text, note: text })
const checked = z.looseObject({
  connection: z.string(),
  object: z.string(),
  checked: z.string(),
  findings: z.array(findingSchema),
  described: z.boolean(),
})
const changes = z.array(z.looseObject({ kind: z.string(), field: text, words: z.string() }))
const difference = z.looseObject({ from: z.string(), to: z.string(), changes })

/** @param group the commands of mappings */
export function mappingEditCommands(group: Command, context: () => CliContext): void {
  leaf(group, 'show <connection> <object>', 'print a mapping as a document: the one in force, or another', [
    'mapping show sales Opportunity > sales.Opportunity.yaml',
    'mapping show sales Opportunity --default',
    'mapping show sales Opportunity --version 3',
  ])
    .option('--draft', 'the draft')
    .option('--default', 'what the vendor’s unedited mapping says')
    .option('--version <n>', 'the version of this number')
    .action(async (connection: string, object: string, options: CommonOptions & Chosen) => {
      const ctx = context()
      const found = await (
        await openApi(ctx.env)
      ).get(mappingPath(connection, object), { which: chosen(options) }, shown)
      // The document alone, so that it can be kept in a file.
      answer(ctx, options, found, () => found.source.trimEnd())
    })

  leaf(group, 'save <file>', 'keep a document as the draft of its object; nothing is in force by it', [
    'mapping save sales.Opportunity.yaml',
    'mapping save sales.Opportunity.yaml --note "Regions for the partner team"',
  ])
    .option('--note <text>', 'why')
    .action(async (file: string, options: CommonOptions & { note?: string }) => {
      const ctx = context()
      const source = await readText(file)
      const { connection, object } = await placeOf(file, source)
      const path = `${mappingPath(connection, object)}/draft`
      const body = { source, note: options.note ?? null }
      const saved = await (await openApi(ctx.env)).send('POST', path, body, checked.extend({ version: z.number() }))
      answer(ctx, options, saved, () =>
        [
          `Saved as draft ${saved.version} of ${object} at ${connection}. ${summary(saved)}`,
          findingLines(file, saved.findings, ctx.colour),
          `\nNext: ${saved.findings.some(({ severity }) => severity === 'error') ? 'mend the errors and save again, then ' : ''}causeway mapping preview ${connection} ${object}, then causeway mapping publish ${connection} ${object}`,
        ]
          .filter((line) => line !== '')
          .join('\n'),
      )
    })

  leaf(
    group,
    'check <file-or-connection> [object]',
    'check a document, or the draft of an object, against its vendor',
    ['mapping check sales.Opportunity.yaml', 'mapping check sales Opportunity'],
  )
    .option('--offline', 'check the document alone, without asking the vendor')
    .action(async (target: string, object: string | undefined, options: CommonOptions & { offline?: boolean }) => {
      const ctx = context()
      const source = object === undefined ? await readText(target, `mapping check ${target}`) : undefined
      const place = object === undefined ? await placeOf(target, source ?? '') : { connection: target, object }
      const path = `${mappingPath(place.connection, place.object)}/check`
      const found = await (
        await openApi(ctx.env)
      ).send('POST', path, { source, live: options.offline !== true }, checked)
      const name = source === undefined ? `${place.connection} ${place.object}` : target
      answer(ctx, options, found, () =>
        [findingLines(name, found.findings, ctx.colour), `${capital(found.checked)}: ${summary(found)}`]
          .filter((line) => line !== '')
          .join('\n'),
      )
      if (found.findings.some(({ severity }) => severity === 'error')) process.exitCode = 1
    })

  leaf(group, 'diff <connection> <object>', 'tell in words what the draft says otherwise than the mapping in force', [
    'mapping diff sales Opportunity',
    'mapping diff sales Opportunity --from default --to in-force',
    'mapping diff sales Opportunity --from 2 --to 3',
  ])
    .option('--from <which>', 'in-force, draft, default, or a number', 'in-force')
    .option('--to <which>', 'the same', 'draft')
    .action(async (connection: string, object: string, options: CommonOptions & { from: string; to: string }) => {
      const ctx = context()
      const { from, to } = options
      const path = `${mappingPath(connection, object)}/diff`
      const found = await (await openApi(ctx.env)).get(path, { from, to }, difference)
      answer(ctx, options, found, () =>
        found.changes.length === 0
          ? `From ${found.from} to ${found.to} nothing changes.`
          : [`From ${found.from} to ${found.to}:`, ...changeLines(found.changes)].join('\n'),
      )
    })

  leaf(group, 'discard <connection> <object>', 'throw the draft away', ['mapping discard sales Opportunity']).action(
    async (connection: string, object: string, options: CommonOptions) => {
      const ctx = context()
      const path = `${mappingPath(connection, object)}/draft`
      const gone = await (
        await openApi(ctx.env)
      ).send('DELETE', path, undefined, z.looseObject({ version: z.number() }))
      answer(ctx, options, gone, () => `Threw draft ${gone.version} of ${object} at ${connection} away.`)
    },
  )

  leaf(group, 'schema', 'print the JSON Schema of mapping documents, by which an editor completes them', [
    'mapping schema > mapping.schema.json',
  ]).action(async () => {
    const { mappingSchema } = await import('../mapping/document/json-schema.ts')
    context().out(JSON.stringify(mappingSchema(), null, 2))
  })
}

/** One line a change, such as `  deal.amount: path Amount → Total__c`. */
export function changeLines(found: z.infer<typeof changes>): string[] {
  return found.map(({ kind, field, words }) => `  ${field === null ? kind : `${kind}.${field}`}: ${words}`)
}

interface Chosen {
  draft?: boolean
  default?: boolean
  version?: string
}

function chosen({ draft, default: unedited, version }: Chosen): string {
  const said = [draft === true ? 'draft' : null, unedited === true ? 'default' : null, version ?? null]
  const [which, ...more] = said.filter((one) => one !== null)
  if (more.length > 0) throw new CausewayError('CW_REQUEST_INVALID', 'Say one of --draft, --default and --version')
  return which ?? 'in-force'
}

function summary({ findings, described }: z.infer<typeof checked>): string {
  return `${findingCount(findings)}${described ? '' : ' The vendor was not asked.'}`
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1)
}
