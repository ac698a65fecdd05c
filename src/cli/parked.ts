/** `causeway parked`: what could not be done, why, and what to do about it. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { instant, table } from './print.ts'

const text = z.string().nullable()
const shared = {
  code: z.string(),
  title: z.string(),
  remedy: z.string(),
  kind: z.string(),
  connection: text,
  object: text,
}
const items = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), ...shared, externalId: text, since: z.string() })),
})
const groups = z.looseObject({
  items: z.array(z.looseObject({ ...shared, count: z.number(), oldest: z.string() })),
})
const count = z.looseObject({ count: z.number() })

interface ListOptions extends CommonOptions {
  groups?: boolean
  code?: string
  connection?: string
  limit: string
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
      const { code, connection, limit } = options
      const found = await api.get('/parked', { code, connection, limit }, items)
      const rows = found.items.map((p) => [
        p.id,
        p.code,
        p.connection,
        p.object,
        p.externalId,
        instant(p.since),
        p.title,
      ])
      const headings = ['ID', 'CODE', 'CONNECTION', 'OBJECT', 'ID THERE', 'SINCE', 'WHY']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(parked, 'retry [id]', 'try one again, or all of a code', [
    'parked retry change-42',
    'parked retry --code CW_PARTNER_UNKNOWN --connection portal',
  ])
    .option('--code <code>', 'all with this code')
    .option('--connection <name>', 'of those only the ones of this connection')
    .action(async (id: string | undefined, options: CommonOptions & { code?: string; connection?: string }) => {
      const { code, connection } = options
      if ((id === undefined) === (code === undefined)) {
        throw new CausewayError('CW_REQUEST_INVALID', 'Name one parked record by its id, or a code with --code')
      }
      const ctx = context()
      const api = await openApi(ctx.env)
      const body = { code, connection }
      const path = id === undefined ? '/parked/retry' : `/parked/${encodeURIComponent(id)}/retry`
      const done = await api.send('POST', path, id === undefined ? body : undefined, count)
      answer(ctx, options, done, () => `Tried again: ${done.count}`)
    })

  leaf(parked, 'skip <id>', 'end one without doing it; the reason is kept', [
    'parked skip change-42 --reason "A test record of the vendor"',
  ])
    .requiredOption('--reason <text>', 'why it is not done')
    .action(async (id: string, options: CommonOptions & { reason: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const done = await api.send('POST', `/parked/${encodeURIComponent(id)}/skip`, { reason: options.reason }, count)
      answer(ctx, options, done, () => `Skipped: ${id}`)
    })
}
