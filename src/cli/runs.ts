/** `causeway runs` and `causeway undo`: what was done together, what came of it, and taking it back. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import { isConfirmed } from './confirm.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const run = z.looseObject({
  id: z.string(),
  kind: z.string(),
  connection: z.string(),
  object: text,
  actor: z.string(),
  by: text,
  state: z.string(),
  done: z.number(),
  total: z.number().nullable(),
  counts: z.record(z.string(), z.number()),
  waiting: z.number(),
  parked: z.number(),
  code: text,
  undoes: text,
  undoneBy: z.array(z.string()),
  startedAt: z.string(),
  endedAt: text,
})
const runs = z.looseObject({ items: z.array(run) })
const shownRun = run.extend({
  left: z.array(
    z.looseObject({
      object: z.string(),
      externalId: text,
      recordId: text,
      fields: z.array(z.string()),
      why: z.string(),
      code: text,
    }),
  ),
})
const undone = z.looseObject({
  runId: text,
  counts: z.looseObject({
    fields: z.number(),
    records: z.number(),
    edited: z.number(),
    created: z.number(),
    same: z.number(),
    lost: z.number(),
    inFlight: z.number(),
  }),
})

interface ListOptions extends CommonOptions {
  connection?: string
  kind?: string
  state?: string
  limit: string
}

export function runsCommands(program: Command, context: () => CliContext): void {
  const group = program.command('runs').description('what was done together: syncs, back-fills, go-lives, undos')

  leaf(group, 'list', 'list runs, the newest first', ['runs list', 'runs list --connection sales --kind go-live'])
    .option('--connection <name>', 'only of this connection')
    .option('--kind <kind>', 'sync, back-fill, reconcile, go-live, undo or move-home')
    .option('--state <state>', 'running, paused, done, failed or cancelled')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async ({ connection, kind, state, limit, ...options }: ListOptions) => {
      const ctx = context()
      const found = await (await openApi(ctx.env)).get('/runs', { connection, kind, state, limit }, runs)
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((r) => [
        short.get(r.id),
        r.kind,
        r.connection,
        r.object,
        r.state,
        r.done,
        countsOf(r.counts),
        r.waiting,
        r.parked,
        r.by ?? r.actor,
        instant(r.startedAt),
        instant(r.endedAt),
      ])
      const headings = [
        'ID',
        'KIND',
        'CONNECTION',
        'OBJECT',
        'STATE',
        'DONE',
        'COUNTS',
        'WAITING',
        'PARKED',
        'BY',
        'STARTED',
        'ENDED',
      ]
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(group, 'show <id>', 'show a run: its counts, what waits and is parked, and what an undo left alone', [
    'runs show 019ab3f2',
  ]).action(async (id: string, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const r = await api.get(`/runs/${await fullId(api, 'runs', id)}`, {}, shownRun)
    answer(ctx, options, r, () =>
      [
        facts([
          ['Run', r.id],
          ['Kind', r.kind],
          ['Connection', r.connection],
          ['Object', r.object],
          ['State', r.state],
          ['By', r.by ?? r.actor],
          ['Started', instant(r.startedAt)],
          ['Ended', instant(r.endedAt)],
          ['Done', r.total === null ? r.done : `${r.done} of ${r.total}`],
          ['Counts', countsOf(r.counts)],
          ['Waiting', r.waiting],
          ['Parked', r.parked],
          ['Code', r.code],
          ['Undoes', r.undoes],
          ['Undone by', r.undoneBy.join(', ')],
        ]),
        ...(r.left.length === 0
          ? []
          : [
              '',
              'Left alone:',
              table(
                ['OBJECT', 'ID THERE', 'RECORD', 'WHY', 'FIELDS', 'CODE'],
                r.left.map((l) => [l.object, l.externalId, l.recordId, l.why, l.fields.join(', '), l.code]),
                ctx.colour,
              ),
            ]),
      ].join('\n'),
    )
  })

  leaf(program, 'undo <run>', 'put back what a run wrote, unless edited since, and observe its connection', [
    'undo 019ab3f2 --dry-run',
    'undo 019ab3f2 --yes',
  ])
    .option('--dry-run', 'only count what it would do')
    .option('--yes', 'do not ask')
    .action(async (given: string, options: CommonOptions & { dryRun?: boolean; yes?: boolean }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const id = await fullId(api, 'runs', given)
      const send = (dryRun: boolean) => api.send('POST', `/runs/${id}/undo`, { dryRun }, undone)
      if (options.dryRun === true) {
        const would = await send(true)
        return answer(ctx, options, would, () => counted(would.counts))
      }
      const { connection } = await api.get(`/runs/${id}`, {}, shownRun)
      if (options.yes !== true) ctx.out(counted((await send(true)).counts))
      const question = `Put these values back, and only observe ${connection} from now on?`
      if (!(await isConfirmed(ctx, options, question))) return ctx.out('Nothing was done.')
      const done = await send(false)
      answer(ctx, options, done, () =>
        [
          counted(done.counts),
          '',
          `${connection} is only observed from now on, or the next sync would write the same again.`,
          `Watch it: causeway runs show ${done.runId ?? ''}`,
          `The way back: causeway connections differences ${connection}, then causeway connections go-live ${connection}`,
        ].join('\n'),
      )
    })
}

function counted(counts: z.infer<typeof undone>['counts']): string {
  return facts([
    ['Fields put back', counts.fields],
    ['in records', counts.records],
    ['Fields edited since, left alone', counts.edited],
    ['Records that the run made, left alone', counts.created],
    ['Fields that are as they were already', counts.same],
    ['Records gone, or whose values were erased', counts.lost],
    ['Records with a write on its way; undo once more', counts.inFlight],
  ])
}

function countsOf(counts: Record<string, number>): string {
  return Object.entries(counts)
    .filter(([, n]) => n > 0)
    .map(([name, n]) => `${n} ${name}`)
    .join(', ')
}
