/** `causeway mapping list | publish | history | rollback`: which mappings are in force, and putting another one there. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import { isConfirmed } from './confirm.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { findingLines, findingSchema } from './findings.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { changeLines } from './mapping-edit.ts'
import { mappingPath } from './mapping-file.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const number = z.number().nullable()
const changes = z.array(z.looseObject({ kind: z.string(), field: text, words: z.string() }))
const standings = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      kinds: z.array(z.string()),
      version: number,
      publishedAt: text,
      publishedBy: text,
      draft: number,
      draftedBy: text,
    }),
  ),
})
const published = z.looseObject({
  version: z.number(),
  before: z.number(),
  changes,
  backFillId: text,
  findings: z.array(findingSchema),
})
const versions = z.looseObject({
  items: z.array(
    z.looseObject({
      version: z.number(),
      state: z.string(),
      author: z.string(),
      note: text,
      restores: number,
      createdAt: z.string(),
      publishedAt: text,
      publishedBy: text,
      taken: z.number(),
      written: z.number(),
      changes,
    }),
  ),
})

interface PublishOptions extends CommonOptions {
  note?: string
  backFill: boolean
  yes?: boolean
}

/** @param group the commands of mappings */
export function mappingVersionCommands(group: Command, context: () => CliContext): void {
  leaf(group, 'list', 'list what is in force of each object, and the drafts', ['mapping list']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const found = await (await openApi(ctx.env)).get('/mappings', {}, standings)
      const rows = found.items.map((one) => [
        one.connection,
        one.object,
        one.kinds.join(', '),
        one.version === null ? 'default' : `version ${one.version}`,
        instant(one.publishedAt),
        one.publishedBy,
        one.draft === null ? null : `${one.draft} by ${one.draftedBy ?? ''}`,
      ])
      const headings = ['CONNECTION', 'OBJECT', 'KINDS', 'IN FORCE', 'SINCE', 'BY', 'DRAFT']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    },
  )

  leaf(group, 'publish <connection> <object>', 'put the draft in force, whole and at once', [
    'mapping publish sales Opportunity',
    'mapping publish sales Opportunity --note "Regions" --yes',
  ])
    .option('--note <text>', 'why; the audit and the history keep it')
    .option('--despite', 'although findings stand against it; the audit keeps how many')
    .option('--no-back-fill', 'do not read what comes in for the first time of all records')
    .option('--yes', 'do not ask')
    .action(async (connection: string, object: string, options: PublishOptions & { despite?: boolean }) => {
      const ctx = context()
      const question = `Put the draft of ${object} at ${connection} in force?`
      if (!(await isConfirmed(ctx, options, question))) return ctx.out('Nothing was published.')
      const { note = null, backFill, despite = false } = options
      const path = `${mappingPath(connection, object)}/publish`
      const done = await (await openApi(ctx.env)).send('POST', path, { note, despite, backFill }, published)
      answer(ctx, options, done, () => told(done, connection, object, ctx.colour))
    })

  leaf(group, 'rollback <connection> <object>', 'put an earlier mapping back in force, with its very text', [
    'mapping rollback sales Opportunity',
    'mapping rollback sales Opportunity --to 2',
    'mapping rollback sales Opportunity --to 0',
  ])
    .option(
      '--to <version>',
      'this version; 0: the vendor’s default. Without it: what was in force before',
      wholeNumber,
    )
    .option('--note <text>', 'why; the audit and the history keep it')
    .option('--no-back-fill', 'do not read what comes in for the first time of all records')
    .option('--yes', 'do not ask')
    .action(async (connection: string, object: string, options: PublishOptions & { to?: string }) => {
      const ctx = context()
      const wished = options.to === undefined ? 'the mapping before this one' : `version ${options.to}`
      const question = `Put ${wished} of ${object} at ${connection} back in force?`
      if (!(await isConfirmed(ctx, options, question))) return ctx.out('Nothing was rolled back.')
      const { note = null, backFill } = options
      const to = options.to === undefined ? undefined : Number(options.to)
      const path = `${mappingPath(connection, object)}/rollback`
      const done = await (await openApi(ctx.env)).send('POST', path, { to, note, backFill }, published)
      answer(ctx, options, done, () => told(done, connection, object, ctx.colour))
    })

  leaf(group, 'history <connection> <object>', 'list versions with author, difference and the records they touched', [
    'mapping history sales Opportunity',
  ])
    .option('--limit <n>', 'at most so many', wholeNumber, '20')
    .action(async (connection: string, object: string, options: CommonOptions & { limit: string }) => {
      const ctx = context()
      const path = `${mappingPath(connection, object)}/versions`
      const found = await (await openApi(ctx.env)).get(path, { limit: options.limit }, versions)
      answer(ctx, options, found, () =>
        found.items.length === 0
          ? 'The vendor’s default is in force: nothing was published.'
          : found.items.map(detail).join('\n\n'),
      )
    })
}

function detail(one: z.infer<typeof versions>['items'][number]): string {
  const restored = one.restores === 0 ? 'the vendor’s default' : `version ${one.restores}`
  const said = changeLines(one.changes)
  return [
    `version ${one.version}, ${one.state === 'published' ? 'in force' : one.state}`,
    facts([
      ['  author', `${one.author}, ${instant(one.createdAt) ?? ''}`],
      [
        '  published',
        one.publishedAt === null ? null : `${instant(one.publishedAt) ?? ''} by ${one.publishedBy ?? ''}`,
      ],
      ['  note', one.note],
      ['  restores', one.restores === null ? null : restored],
      ['  records taken in', one.state === 'draft' ? null : one.taken],
      ['  records written', one.state === 'draft' ? null : one.written],
    ]),
    ...(said.length === 0 ? ['  nothing differs from the one before'] : said),
  ].join('\n')
}

function told(done: z.infer<typeof published>, connection: string, object: string, colour: boolean): string {
  const before = done.before === 0 ? 'the vendor’s default' : `version ${done.before}`
  return [
    `Version ${done.version} of ${object} at ${connection} is in force; until now it was ${before}.`,
    ...changeLines(done.changes),
    ...(done.findings.length === 0 ? [] : [findingLines(`${connection} ${object}`, done.findings, colour)]),
    ...(done.backFillId === null
      ? []
      : [`What comes in for the first time is read of all records: causeway back-fill show ${done.backFillId}`]),
  ].join('\n')
}
