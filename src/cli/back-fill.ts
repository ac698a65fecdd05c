/** `causeway back-fill`: reading everything of a connection anew, and how far that is. */
import { InvalidArgumentError, type Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, span, table } from './print.ts'

const text = z.string().nullable()
const number = z.number().nullable()
const backFill = z.looseObject({
  id: z.string(),
  connection: z.string(),
  object: z.string(),
  state: z.string(),
  actor: z.string(),
  by: text,
  code: text,
  done: z.number(),
  total: number,
  rate: number,
  leftMs: number,
  counts: z.record(z.string(), z.number()),
  startedAt: z.string(),
  movedAt: z.string(),
  endedAt: text,
  isStreamPaused: z.boolean(),
})
type BackFill = z.infer<typeof backFill>
const many = z.looseObject({ items: z.array(backFill) })
const started = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), object: z.string(), isNew: z.boolean() })),
})

const deeds = [
  ['pause', 'pause one where it is', 'Paused'],
  ['resume', 'let a paused or failed one go on where it was', 'Goes on'],
  ['cancel', 'end one where it is; what was read stays', 'Cancelled'],
] as const

export function backFillCommands(program: Command, context: () => CliContext): void {
  const group = program
    .command('back-fill')
    .description('read everything of a connection anew, and see how far that is')

  leaf(group, 'start <connection> [object]', 'read everything anew; live streams go first', [
    'back-fill start sales',
    'back-fill start portal deals --from 2026-11-01T00:00:00Z',
  ])
    .option('--from <instant>', 'only what changed since', anInstant)
    .action(async (connection: string, object: string | undefined, options: CommonOptions & { from?: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const told = await api.send('POST', '/back-fills', { connection, object, from: options.from }, started)
      const rows = told.items.map((one) => [one.id, one.object, one.isNew ? 'started' : 'open already'])
      answer(ctx, options, told, () => table(['ID', 'OBJECT', 'STATE'], rows, ctx.colour))
    })

  leaf(group, 'list', 'list back-fills with their progress, the newest first', ['back-fill list --open'])
    .option('--open', 'only those that are not over')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: CommonOptions & { open?: boolean; limit: string }) => {
      const ctx = context()
      const state = options.open === true ? 'open' : 'all'
      const found = await (await openApi(ctx.env)).get('/back-fills', { state, limit: options.limit }, many)
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((one) => [
        short.get(one.id),
        one.connection,
        one.object,
        stateOf(one),
        one.done,
        one.total,
        rateOf(one),
        span(one.leftMs),
        one.code,
      ])
      const headings = ['ID', 'CONNECTION', 'OBJECT', 'STATE', 'DONE', 'OF', 'RATE', 'LEFT', 'CODE']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(group, 'show <id>', 'show one: done, total, rate, time left', ['back-fill show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/back-fills/${await fullId(api, 'back-fills', id)}`, {}, backFill)
      answer(ctx, options, found, () => detail(found))
    },
  )

  for (const [deed, description, done] of deeds) {
    leaf(group, `${deed} <id>`, description, [`back-fill ${deed} 019ab3f2`]).action(
      async (id: string, options: CommonOptions) => {
        const ctx = context()
        const api = await openApi(ctx.env)
        const path = `/back-fills/${await fullId(api, 'back-fills', id)}/${deed}`
        const told = await api.send('POST', path, undefined, backFill)
        answer(ctx, options, told, () => `${done}: ${told.connection} ${told.object} at ${amount(told)}`)
      },
    )
  }
}

function detail(one: BackFill): string {
  return facts([
    ['id', one.id],
    ['connection', one.connection],
    ['object', one.object],
    ['state', stateOf(one)],
    ['done', amount(one)],
    ['rate', rateOf(one)],
    ['time left', span(one.leftMs)],
    ['news', one.counts['news']],
    ['code', one.code],
    ['started', `${instant(one.startedAt) ?? ''} by ${one.by ?? one.actor}`],
    ['last moved', instant(one.movedAt)],
    ['ended', instant(one.endedAt)],
  ])
}

function stateOf({ state, isStreamPaused }: BackFill): string {
  return state === 'running' && isStreamPaused ? 'waits: its stream is paused' : state
}

function amount({ done, total }: BackFill): string {
  return total === null || total === 0 ? String(done) : `${done} of ${total} (${Math.floor((100 * done) / total)} %)`
}

function rateOf({ rate, state }: BackFill): string | null {
  return rate === null || state !== 'running' ? null : `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`
}

function anInstant(given: string): string {
  if (Number.isNaN(Date.parse(given)))
    throw new InvalidArgumentError('Expected an instant, such as 2026-11-01T00:00:00Z.')
  return new Date(given).toISOString()
}
