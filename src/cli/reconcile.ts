/** `causeway reconcile`, `causeway drift`: comparing everything with a vendor, and what was found to differ. */
import { Option, type Command } from 'commander'
import { z } from 'zod'
import { driftKinds } from '../domain/drift.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const run = z.looseObject({
  id: z.string(),
  connection: z.string(),
  object: z.string(),
  state: z.string(),
  actor: z.string(),
  by: text,
  code: text,
  done: z.number(),
  total: z.number().nullable(),
  found: z.record(z.string(), z.number()),
  repaired: z.number(),
  startedAt: z.string(),
  endedAt: text,
})
type Run = z.infer<typeof run>
const runs = z.looseObject({ items: z.array(run) })
const started = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), object: z.string(), isNew: z.boolean() })),
})
const drifts = z.looseObject({
  items: z.array(
    z.looseObject({
      runId: z.string(),
      connection: z.string(),
      object: z.string(),
      kind: z.string(),
      externalId: text,
      recordId: text,
      fields: z.array(z.string()),
      foundAt: z.string(),
      repairedAt: text,
    }),
  ),
})
const groups = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      kind: z.string(),
      count: z.number(),
      unrepaired: z.number(),
      lastFoundAt: z.string(),
    }),
  ),
})

export function reconcileCommands(program: Command, context: () => CliContext): void {
  const group = program.command('reconcile').description('compare everything with a vendor and repair what differs')

  leaf(group, 'start <connection> [object]', 'compare now; it also happens by itself', [
    'reconcile start sales',
    'reconcile start portal deals',
  ]).action(async (connection: string, object: string | undefined, options: CommonOptions) => {
    const ctx = context()
    const told = await (await openApi(ctx.env)).send('POST', '/reconcile', { connection, object }, started)
    const rows = told.items.map((one) => [one.id, one.object, one.isNew ? 'started' : 'open already'])
    answer(ctx, options, told, () => table(['ID', 'OBJECT', 'STATE'], rows, ctx.colour))
  })

  leaf(group, 'list [connection]', 'list comparisons with what they found, the newest first', [
    'reconcile list sales',
    'reconcile list --open',
  ])
    .option('--open', 'only those that are not over')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (connection: string | undefined, options: CommonOptions & { open?: boolean; limit: string }) => {
      const ctx = context()
      const state = options.open === true ? 'open' : 'all'
      const found = await (await openApi(ctx.env)).get('/reconcile', { connection, state, limit: options.limit }, runs)
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((one) => [
        short.get(one.id),
        one.connection,
        one.object,
        one.state,
        one.done,
        drift(one),
        one.repaired,
        instant(one.startedAt),
        one.code,
      ])
      const headings = ['ID', 'CONNECTION', 'OBJECT', 'STATE', 'COMPARED', 'DRIFT', 'REPAIRED', 'STARTED', 'CODE']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(group, 'show <id>', 'show one: how far it is, and its drift by kind', ['reconcile show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/reconcile/${await fullId(api, 'reconcile', id)}`, {}, run)
      answer(ctx, options, found, () => detail(found))
    },
  )

  leaf(group, 'cancel <id>', 'end one where it is; what it repaired stays', ['reconcile cancel 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const told = await api.send('POST', `/reconcile/${await fullId(api, 'reconcile', id)}/cancel`, undefined, run)
      answer(ctx, options, told, () => `Cancelled: ${told.connection} ${told.object} after ${told.done} records`)
    },
  )

  leaf(program, 'drift [connection] [object]', 'show what comparisons found to differ, record by record', [
    'drift',
    'drift sales --unrepaired',
    'drift --groups',
  ])
    .option('--groups', 'count by connection, object and kind instead')
    .addOption(new Option('--kind <kind>', 'only of this kind').choices([...driftKinds]))
    .option('--run <id>', 'only what this comparison found')
    .option('--unrepaired', 'only what is not repaired')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (connection: string | undefined, object: string | undefined, options: DriftOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { kind, limit } = options
      const runId = options.run === undefined ? undefined : await fullId(api, 'reconcile', options.run)
      const filter = { connection, object, kind, runId, state: options.unrepaired === true ? 'unrepaired' : 'all' }
      if (options.groups === true) {
        const found = await api.get('/drift/groups', filter, groups)
        const rows = found.items.map((g) => [
          g.connection,
          g.object,
          g.kind,
          g.count,
          g.unrepaired,
          instant(g.lastFoundAt),
        ])
        const headings = ['CONNECTION', 'OBJECT', 'KIND', 'COUNT', 'UNREPAIRED', 'LAST']
        return answer(ctx, options, found, () => table(headings, rows, ctx.colour))
      }
      const found = await api.get('/drift', { ...filter, limit }, drifts)
      const rows = found.items.map((d) => [
        instant(d.foundAt),
        d.connection,
        d.object,
        d.kind,
        d.externalId,
        d.recordId,
        d.fields.join(', '),
        instant(d.repairedAt) ?? 'not yet',
      ])
      const headings = ['FOUND', 'CONNECTION', 'OBJECT', 'KIND', 'ID THERE', 'OUR ID', 'FIELDS', 'REPAIRED']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })
}

interface DriftOptions extends CommonOptions {
  groups?: boolean
  kind?: string
  run?: string
  unrepaired?: boolean
  limit: string
}

function drift({ found }: Run): number {
  return Object.values(found).reduce((sum, n) => sum + n, 0)
}

function detail(one: Run): string {
  return facts([
    ['id', one.id],
    ['connection', one.connection],
    ['object', one.object],
    ['state', one.state],
    ['compared', one.total === null ? String(one.done) : `${one.done} of ${one.total}`],
    ...Object.entries(one.found),
    ['repaired', one.repaired],
    ['code', one.code],
    ['started', `${instant(one.startedAt) ?? ''} by ${one.by ?? one.actor}`],
    ['ended', instant(one.endedAt)],
  ])
}
