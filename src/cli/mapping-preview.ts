/** `causeway mapping preview`: what a mapping would do with real records, before it does. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { mappingPath, readText } from './mapping-file.ts'
import { table } from './print.ts'

const text = z.string().nullable()
const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
const failure = z.looseObject({ way: z.string(), code: z.string(), field: text, path: text, value: text })
const preview = z.looseObject({
  connection: z.string(),
  object: z.string(),
  tried: z.string(),
  changes: z.array(z.looseObject({ kind: z.string(), field: text, words: z.string() })),
  counts: z.looseObject({
    unchanged: z.number(),
    'would-change': z.number(),
    'would-fail': z.number(),
    mended: z.number(),
  }),
  failures: z.array(
    failure.extend({
      records: z.number(),
      already: z.number(),
      example: z.looseObject({ externalId: text, recordId: z.string() }),
    }),
  ),
  records: z.array(
    z.looseObject({
      outcome: z.string(),
      mended: z.boolean(),
      externalId: text,
      recordId: z.string(),
      kind: z.string(),
      isNew: text,
      fields: z.array(
        z.looseObject({
          field: text,
          path: z.string(),
          theirs: value,
          ours: text,
          readInForce: text,
          readByDraft: text,
          writtenInForce: value.optional(),
          writtenByDraft: value.optional(),
          differs: z.boolean(),
        }),
      ),
      failures: z.array(failure),
    }),
  ),
  unread: z.array(z.looseObject({ id: z.string(), code: text })),
  foreseen: z.boolean(),
})
type Preview = z.infer<typeof preview>
type PreviewRecord = Preview['records'][number]

interface Options extends CommonOptions {
  file?: string
  draft?: boolean
  version?: string
  record: string[]
  sample: string
  all?: boolean
}

/** @param group the commands of mappings */
export function mappingPreviewCommand(group: Command, context: () => CliContext): void {
  leaf(
    group,
    'preview <connection> <object>',
    'try a mapping on real records: before and after, field by field; nothing is written anywhere',
    [
      'mapping preview sales Opportunity',
      'mapping preview sales Opportunity --file sales.Opportunity.yaml --record 0065g00000AbCdEAAV',
      'mapping preview sales Opportunity --version 3 --sample 100 --json',
    ],
  )
    .option('--draft', 'try the draft (default)')
    .option('--file <file>', 'try this document without saving it; - reads it from the standard input')
    .option('--version <n>', 'try this version', wholeNumber)
    .option('--record <id>', 'this record, by the vendor’s id or ours; may be repeated', collect, [])
    .option('--sample <n>', 'how many records when none is named', wholeNumber, '20')
    .option('--all', 'show every field, and records that stay as they are')
    .action(async (connection: string, object: string, options: Options) => {
      const ctx = context()
      const found = await (
        await openApi(ctx.env)
      ).send(
        'POST',
        `${mappingPath(connection, object)}/preview`,
        { ...(await whichOf(options)), records: options.record, sample: Number(options.sample) },
        preview,
      )
      const isWhole = options.all === true || options.record.length > 0
      answer(ctx, options, found, () => told(found, isWhole, ctx.colour))
    })
}

function collect(id: string, before: string[]): string[] {
  return [...before, id]
}

async function whichOf({ file, version, draft }: Options): Promise<{ source?: string; version?: number }> {
  if ([file, version, draft === true ? '' : undefined].filter((one) => one !== undefined).length > 1)
    throw new CausewayError('CW_REQUEST_INVALID', 'Say one of --draft, --file and --version')
  if (version !== undefined) return { version: Number(version) }
  return file === undefined ? {} : { source: await readText(file) }
}

function told(found: Preview, isWhole: boolean, colour: boolean): string {
  const { connection, object, tried, changes, counts, failures, records, unread, foreseen } = found
  const shown = records.filter(({ outcome }) => isWhole || outcome !== 'unchanged')
  return [
    `${connection} ${object}: ${tried} beside the mapping in force, on ${records.length} ${records.length === 1 ? 'record' : 'records'}. Nothing was written.`,
    ...section(
      changes.length === 0 ? 'It says what the mapping in force says.' : 'What it says otherwise:',
      changes.map(({ kind, field, words }) => `  ${field === null ? kind : `${kind}.${field}`}: ${words}`),
    ),
    '',
    table(
      ['UNCHANGED', 'WOULD CHANGE', 'WOULD FAIL', 'MENDED'],
      [[counts.unchanged, counts['would-change'], counts['would-fail'], counts.mended]],
      colour,
    ),
    ...(failures.length === 0 ? [] : ['', 'Records that would fail, by reason:', '', failureTable(failures, colour)]),
    ...shown.flatMap((record) => ['', heading(record), recordTable(record, isWhole, colour)]),
    ...(unread.length === 0
      ? []
      : section(
          'Not read:',
          unread.map(({ id, code }) => `  ${id}: ${code ?? 'the vendor has no such record'}`),
        )),
    ...(foreseen ? [] : ['', 'The vendor did not describe its fields, so what it would refuse could not be foreseen.']),
  ].join('\n')
}

function section(title: string, lines: string[]): string[] {
  return ['', title, ...lines]
}

function failureTable(failures: Preview['failures'], colour: boolean): string {
  return table(
    ['WAY', 'CODE', 'FIELD', 'VALUE', 'RECORDS', 'TODAY TOO', 'EXAMPLE'],
    failures.map(({ way, code, field, path, value: found, records, already, example }) => [
      way,
      code,
      [field, path].filter((name) => name !== null).join(' · ') || null,
      found,
      records,
      already,
      example.externalId ?? example.recordId,
    ]),
    colour,
  )
}

function heading({ kind, externalId, recordId, isNew, outcome, mended, failures }: PreviewRecord): string {
  const state = mended ? 'would change and fails no more' : outcome.replace('-', ' ')
  const why = failures
    .map(({ code, field, path }) => `${code}${(field ?? path) ? ` at ${field ?? path}` : ''}`)
    .join(', ')
  const news = isNew === 'to-us' ? ', new to us' : isNew === 'to-vendor' ? ', not there yet' : ''
  return `${kind} ${externalId ?? '-'} (ours ${recordId}${news}): ${state}${why === '' ? '' : `: ${why}`}`
}

function recordTable({ fields }: PreviewRecord, isWhole: boolean, colour: boolean): string {
  const shown = fields.filter(({ differs }) => isWhole || differs)
  if (shown.length === 0) return '  No field differs.'
  return table(
    [
      '',
      'FIELD',
      'AT THE VENDOR',
      'THEIRS',
      'OURS NOW',
      'IN FORCE',
      'BY DRAFT',
      'WRITTEN IN FORCE',
      'WRITTEN BY DRAFT',
    ],
    shown.map((field) => [
      field.differs ? '*' : '',
      field.field,
      field.path,
      plain(field.theirs),
      field.ours,
      field.readInForce,
      field.readByDraft,
      writtenAs(field.writtenInForce),
      writtenAs(field.writtenByDraft),
    ]),
    colour,
  )
}

function plain(found: z.infer<typeof value>): string | null {
  return found === null ? null : Array.isArray(found) ? found.join(';') : String(found)
}

/** Nothing is written, or the field is emptied. */
function writtenAs(found: z.infer<typeof value> | undefined): string | null {
  return found === undefined ? null : (plain(found) ?? '(emptied)')
}
