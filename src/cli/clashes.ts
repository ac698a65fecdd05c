/** `causeway clashes`: fields that two sides changed, and whose value stands. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const clash = z.looseObject({
  id: z.string(),
  at: z.string(),
  connection: z.string(),
  object: z.string(),
  externalId: text,
  kind: z.string(),
  name: text,
  recordId: z.string(),
  field: z.string(),
  base: text,
  ours: text,
  theirs: text,
  rule: z.string(),
  winner: z.string(),
  decidedBy: text,
  decidedAt: text,
})
type Clash = z.infer<typeof clash>

export function clashCommands(program: Command, context: () => CliContext): void {
  const clashes = program.command('clashes').description('fields that two systems changed, and whose value stands')

  leaf(clashes, 'list', 'list clashes, the newest first', [
    'clashes list',
    'clashes list --state settled --connection sales',
  ])
    .option('--state <state>', 'open, settled or all', 'open')
    .option('--connection <name>', 'only of this connection')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: CommonOptions & { state: string; connection?: string; limit: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { state, connection, limit } = options
      const query = { state: state === 'all' ? undefined : state, connection, limit }
      const found = await api.get('/clashes', query, z.looseObject({ items: z.array(clash) }))
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'SINCE', 'RECORD', 'FIELD', 'BEFORE', 'OURS', 'THEIRS', 'AT', 'STANDS'],
          found.items.map((c) => [
            short.get(c.id),
            instant(c.at),
            `${c.kind} ${c.name ?? c.recordId}`,
            c.field,
            c.base,
            c.ours,
            c.theirs,
            c.connection,
            stands(c),
          ]),
          ctx.colour,
        ),
      )
    })

  leaf(clashes, 'show <id>', 'show a clash with both values', ['clashes show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/clashes/${await fullId(api, 'clashes', id)}`, {}, clash)
      answer(ctx, options, found, () => detail(found))
    },
  )

  leaf(
    clashes,
    'rule <id> <winner>',
    'rule an open clash: `theirs` is what the named connection says, `ours` what all others say',
    ['clashes rule 019ab3f2 theirs'],
  ).action(async (id: string, winner: string, options: CommonOptions) => {
    if (winner !== 'ours' && winner !== 'theirs')
      throw new CausewayError('CW_REQUEST_INVALID', `Rule for ours or theirs, not "${winner}"`)
    const ctx = context()
    const api = await openApi(ctx.env)
    const ruled = await api.send('POST', `/clashes/${await fullId(api, 'clashes', id)}/ruling`, { winner }, clash)
    answer(ctx, options, ruled, () => detail(ruled))
  })

  leaf(
    clashes,
    'restore <id>',
    'turn a settled clash around: put back the value that lost, unless the field was edited since',
    ['clashes restore 019ab3f2'],
  ).action(async (id: string, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const turned = await api.send('POST', `/clashes/${await fullId(api, 'clashes', id)}/restore`, undefined, clash)
    answer(ctx, options, turned, () => detail(turned))
  })
}

function stands({ winner, rule, decidedBy }: Clash): string {
  return winner === 'open' ? 'waits for a ruling' : `${winner}, by ${decidedBy ?? rule}`
}

function detail(c: Clash): string {
  return facts([
    ['Clash', c.id],
    ['Record', `${c.kind} ${c.name ?? ''}`.trimEnd()],
    ['Record id', c.recordId],
    ['Field', c.field],
    ['Before', c.base],
    ['Ours', c.ours],
    ['Theirs', c.theirs],
    ['They are', `${c.connection} ${c.object} ${c.externalId ?? ''}`.trimEnd()],
    ['Since', instant(c.at)],
    ['Stands', stands(c)],
    ['Decided', instant(c.decidedAt)],
  ])
}
