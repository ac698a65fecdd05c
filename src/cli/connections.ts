/** `causeway connections`: how each does, what its go-live would do, letting it be written to, and observing it again. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi, type ApiClient } from './client.ts'
import { isConfirmed } from './confirm.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { csv } from './csv.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { instant, table } from './print.ts'
import { feedsSchema, toldBy } from './told-by.ts'

const text = z.string().nullable()
const connections = z.looseObject({
  items: z.array(
    z.looseObject({
      name: z.string(),
      vendor: z.string(),
      role: z.string(),
      status: z.string(),
      reauth: z.looseObject({ since: z.string(), remedy: z.string() }).nullable(),
      streams: z.array(
        z.looseObject({ object: z.string(), coveredThrough: text, failingSince: text, code: text, lastReadAt: text }),
      ),
      feeds: feedsSchema,
      budget: z.looseObject({ usedToday: z.number(), dailyLimit: z.number().nullable(), pausedUntil: text }),
      unsent: z.number(),
      held: z.number(),
      parkedWrites: z.number(),
      parkedChanges: z.number(),
    }),
  ),
})
const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
const differences = z.looseObject({
  mode: z.string(),
  foreseen: z.boolean(),
  objects: z.array(
    z.looseObject({
      object: z.string(),
      counts: z.record(z.string(), z.number()),
      fields: z.record(z.string(), z.number()),
      codes: z.record(z.string(), z.number()),
      examples: z.array(
        z.looseObject({
          outcome: z.string(),
          recordId: z.string(),
          externalId: text,
          fields: z.array(z.looseObject({ field: z.string(), theirs: value, ours: value })),
          code: text,
        }),
      ),
    }),
  ),
})
type Differences = z.infer<typeof differences>
const switched = z.looseObject({ mode: z.string(), changed: z.boolean(), runId: text })

export function connectionCommands(program: Command, context: () => CliContext): void {
  const group = program
    .command('connections')
    .description('how each connection does, and whether it is written to or only observed')

  leaf(
    group,
    'list',
    'show each connection: how far it is read, why it fails, what waits',
    ['connections', 'connections --json'],
    { isDefault: true },
  ).action(async (options: CommonOptions) => {
    const ctx = context()
    const found = await (await openApi(ctx.env)).get('/connections', {}, connections)
    answer(ctx, options, found, () => [healthTable(found, ctx.colour), ...pausedLines(found)].join('\n'))
  })

  leaf(group, 'differences <name>', 'count what the go-live of a connection would do, with examples; nothing is done', [
    'connections differences sales',
    'connections differences sales --object Account --records 200 --csv',
  ])
    .option('--object <object>', 'only this object of the vendor')
    .option('--records <n>', 'examples of each object at most', wholeNumber, '10')
    .option('--csv', 'the examples as CSV, one line a field')
    .action(async (name: string, options: CommonOptions & { object?: string; records: string; csv?: boolean }) => {
      const ctx = context()
      const found = await differencesOf(await openApi(ctx.env), name, options.records, options.object)
      if (options.csv === true) return ctx.out(csv(headings, rowsOf(found)))
      answer(ctx, options, found, () => told(found, ctx.colour))
    })

  leaf(group, 'go-live <name>', 'let a connection be written to: what was planned leaves in one run', [
    'connections go-live sales',
    'connections go-live sales --yes --json',
  ])
    .option('--yes', 'do not ask')
    .action(async (name: string, options: CommonOptions & { yes?: boolean }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      if (options.yes !== true) ctx.out(counted(await differencesOf(api, name, '0'), ctx.colour))
      if (!(await isConfirmed(ctx, options, `Write to ${name} from now on?`))) return ctx.out('Nothing was done.')
      const done = await api.send('POST', `/connections/${encodeURIComponent(name)}/go-live`, undefined, switched)
      answer(ctx, options, done, () =>
        done.changed
          ? `${name} is live. Watch it: causeway runs show ${done.runId ?? ''}\nTake it back: causeway undo ${done.runId ?? ''}`
          : `${name} was live already.`,
      )
    })

  leaf(group, 'observe <name>', 'stop writing to a connection; it is read and compared as before', [
    'connections observe sales',
  ]).action(async (name: string, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const done = await api.send('POST', `/connections/${encodeURIComponent(name)}/observe`, undefined, switched)
    answer(ctx, options, done, () => (done.changed ? `${name} is only observed.` : `${name} was observed already.`))
  })
}

function differencesOf(api: ApiClient, name: string, records: string, object?: string): Promise<Differences> {
  return api.get(`/connections/${encodeURIComponent(name)}/differences`, { records, object }, differences)
}

function told(found: Differences, colour: boolean): string {
  const rows = rowsOf(found)
  return [counted(found, colour), ...(rows.length === 0 ? [] : ['', table(headings, rows, colour)])].join('\n')
}

/** The counts by object, the fields that would change and the codes that would fail. */
function counted({ objects, foreseen }: Differences, colour: boolean): string {
  const counts = table(
    ['OBJECT', 'EXACT', 'PROPOSED', 'NEW', 'WOULD CHANGE', 'WOULD FAIL', 'VENDOR ONLY', 'UNTOUCHED'],
    objects.map(({ object, counts: n }) => [
      object,
      ...['exact', 'proposed', 'new', 'would-change', 'would-fail', 'vendor-only', 'untouched'].map((o) => n[o] ?? 0),
    ]),
    colour,
  )
  const fields = objects.flatMap(({ object, fields: n }) =>
    Object.entries(n).map(([field, records]) => `  ${object}.${field}: ${records}`),
  )
  const codes = objects.flatMap(({ object, codes: n }) =>
    Object.entries(n).map(([code, records]) => `  ${object} ${code}: ${records}`),
  )
  return [
    counts,
    ...(fields.length === 0 ? [] : ['', 'Records that would get another value, by field:', ...fields]),
    ...(codes.length === 0 ? [] : ['', 'Records that would fail, by code:', ...codes]),
    ...(foreseen ? [] : ['', 'The vendor did not describe its fields, so refusals could not be foreseen.']),
  ].join('\n')
}

const headings = ['OBJECT', 'OUTCOME', 'RECORD', 'ID THERE', 'FIELD', 'THEIRS', 'OURS', 'CODE']

/** One row a field; a record without fields has one row. */
function rowsOf({ objects }: Differences): (string | null)[][] {
  return objects.flatMap(({ object, examples }) =>
    examples.flatMap(({ outcome, recordId, externalId, fields, code }) =>
      (fields.length === 0 ? [null] : fields).map((one) => [
        object,
        outcome,
        recordId,
        externalId,
        one?.field ?? null,
        shown(one?.theirs),
        shown(one?.ours),
        code,
      ]),
    ),
  )
}

function shown(one: z.infer<typeof value> | undefined): string | null {
  return one === null || one === undefined ? null : Array.isArray(one) ? one.join(';') : String(one)
}

/** What is paused for its credentials, and what to do. */
function pausedLines({ items }: z.infer<typeof connections>): string[] {
  return items.flatMap(({ name, reauth }) =>
    reauth === null
      ? []
      : [
          `\n${name}: the vendor takes its credentials no more, since ${instant(reauth.since) ?? ''}. Nothing is lost.`,
          `  → ${reauth.remedy}`,
        ],
  )
}

function healthTable({ items }: z.infer<typeof connections>, colour: boolean): string {
  return table(
    [
      'CONNECTION',
      'VENDOR',
      'ROLE',
      'STATUS',
      'READ THROUGH',
      'FAILING SINCE',
      'CODE',
      'TOLD BY',
      'USED TODAY',
      'UNSENT',
      'HELD',
      'PARKED',
    ],
    items.map((c) => {
      const failing = c.streams.find((stream) => stream.failingSince !== null)
      const through = c.streams.map((stream) => stream.coveredThrough).filter((at) => at !== null)
      const { usedToday, dailyLimit } = c.budget
      return [
        c.name,
        c.vendor,
        c.role,
        c.status,
        instant(through.toSorted()[0]),
        instant(failing?.failingSince),
        failing?.code,
        toldBy(c.feeds),
        dailyLimit === null ? String(usedToday) : `${usedToday} of ${dailyLimit}`,
        c.unsent,
        c.held,
        c.parkedWrites + c.parkedChanges,
      ]
    }),
    colour,
  )
}
