/** `causeway parked`: what could not be done, why, and what to do about it. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const shared = {
  code: z.string(),
  title: z.string(),
  remedy: z.string(),
  kind: z.string(),
  connection: text,
  object: text,
}
const item = z.looseObject({
  id: z.string(),
  ...shared,
  externalId: text,
  recordId: text,
  detail: z.record(z.string(), z.unknown()).nullable(),
  since: z.string(),
  attempts: z.number(),
  retryAt: text,
  mapping: text,
})
const items = z.looseObject({
  items: z.array(item),
})
const groups = z.looseObject({
  items: z.array(z.looseObject({ ...shared, count: z.number(), oldest: z.string() })),
})
const count = z.looseObject({ count: z.number() })

interface ListOptions extends CommonOptions {
  groups?: boolean
  code?: string
  connection?: string
  object?: string
  limit: string
}

interface GroupOptions extends CommonOptions {
  code?: string
  connection?: string
  object?: string
}

export function parkedCommands(program: Command, context: () => CliContext): void {
  const parked = program.command('parked').description('what could not be done, and why')

  leaf(parked, 'list', 'list what is parked, the newest first', [
    'parked list --groups',
    'parked list --code CW_PARTNER_UNKNOWN',
  ])
    .option('--groups', 'count by code instead')
    .option('--code <code>', 'only with this code')
    .option('--connection <name>', 'only of this connection')
    .option('--object <name>', 'only of this object')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: ListOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      if (options.groups === true) {
        const found = await api.get('/parked/groups', {}, groups)
        const rows = found.items.map((g) => [
          g.code,
          g.kind,
          g.connection,
          g.object,
          g.count,
          instant(g.oldest),
          g.remedy,
        ])
        const headings = ['CODE', 'KIND', 'CONNECTION', 'OBJECT', 'COUNT', 'OLDEST', 'REMEDY']
        return answer(ctx, options, found, () => table(headings, rows, ctx.colour))
      }
      const { code, connection, object, limit } = options
      const found = await api.get('/parked', { code, connection, object, limit }, items)
      const rows = found.items.map((p) => [
        p.id,
        p.code,
        p.connection,
        p.object,
        p.externalId,
        instant(p.since),
        instant(p.retryAt),
        p.title,
      ])
      const headings = ['ID', 'CODE', 'CONNECTION', 'OBJECT', 'ID THERE', 'SINCE', 'AGAIN', 'WHY']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(parked, 'show <id>', 'explain one: the record, what hinders it, and what to do', [
    'parked show change-42',
  ]).action(async (id: string, options: CommonOptions) => {
    const ctx = context()
    const found = await (await openApi(ctx.env)).get(`/parked/${encodeURIComponent(id)}`, {}, item)
    answer(ctx, options, found, () => explained(found))
  })

  leaf(parked, 'retry [id]', 'try one again, or a group', [
    'parked retry change-42',
    'parked retry change-42 --anew',
    'parked retry --code CW_PARTNER_UNKNOWN --connection portal --object deals',
  ])
    .option('--code <code>', 'all with this code')
    .option('--connection <name>', 'of those only the ones of this connection')
    .option('--object <name>', 'and of this object')
    .option('--anew', "read the record from its vendor again and judge it by today's mapping")
    .action(async (id: string | undefined, options: GroupOptions & { anew?: boolean }) => {
      const which = groupOf(id, options)
      const ctx = context()
      const api = await openApi(ctx.env)
      const anew = options.anew === true
      const done = await api.send('POST', pathOf(id, 'retry'), { ...which, anew }, count)
      answer(ctx, options, done, () => `${anew ? 'Read anew' : 'Tried again'}: ${done.count}`)
    })

  leaf(parked, 'skip [id]', 'end one or a group without doing it; the reason is kept', [
    'parked skip change-42 --reason "A test record of the vendor"',
    'parked skip --code CW_RECORD_INVALID --connection sales --reason "Closed years ago"',
  ])
    .requiredOption('--reason <text>', 'why it is not done')
    .option('--code <code>', 'all with this code')
    .option('--connection <name>', 'of those only the ones of this connection')
    .option('--object <name>', 'and of this object')
    .action(async (id: string | undefined, options: GroupOptions & { reason: string }) => {
      const which = groupOf(id, options)
      const ctx = context()
      const api = await openApi(ctx.env)
      const done = await api.send('POST', pathOf(id, 'skip'), { ...which, reason: options.reason }, count)
      answer(ctx, options, done, () => `Skipped: ${id ?? done.count}`)
    })
}

/** Nothing for one that is named by its id. */
function groupOf(id: string | undefined, { code, connection, object }: GroupOptions): Record<string, unknown> {
  if ((id === undefined) === (code === undefined)) {
    throw new CausewayError('CW_REQUEST_INVALID', 'Name one parked record by its id, or a code with --code')
  }
  return id === undefined ? { code, connection, object } : {}
}

function pathOf(id: string | undefined, deed: 'retry' | 'skip'): string {
  return id === undefined ? `/parked/${deed}` : `/parked/${encodeURIComponent(id)}/${deed}`
}

function explained(p: z.infer<typeof item>): string {
  return facts([
    ['id', p.id],
    ['code', p.code],
    ['why', p.title],
    ['what to do', p.remedy],
    ['connection', p.connection],
    ['object', p.object],
    ['id there', p.externalId],
    ['our id', p.recordId],
    ['since', instant(p.since)],
    ['attempts', p.attempts],
    ['tried again', instant(p.retryAt) ?? 'when a person says so, or the record changes'],
    ['mapping', p.mapping],
    ['detail', p.detail === null ? null : JSON.stringify(p.detail)],
  ])
}
