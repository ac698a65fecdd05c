/** `causeway matches`: vendor records that may be records we know, and saying so. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'
import { recordFacts, sideBySide } from './record-facts.ts'

const text = z.string().nullable()
const match = z.looseObject({
  id: z.string(),
  connection: z.string(),
  object: z.string(),
  externalId: z.string(),
  kind: z.string(),
  state: z.string(),
  name: text,
  candidates: z.array(
    z.looseObject({
      recordId: z.string(),
      name: text,
      score: z.number(),
      why: z.array(z.string()),
      reasons: z.array(z.string()),
      isRejected: z.boolean(),
    }),
  ),
  decidedBy: text,
  decidedAt: text,
  createdAt: z.string(),
})
const matchDetail = match.extend({ record: recordFacts.nullable(), others: z.array(recordFacts) })
type MatchDetail = z.infer<typeof matchDetail>

interface ListOptions extends CommonOptions {
  state: string
  connection?: string
  limit: string
}

export function matchCommands(program: Command, context: () => CliContext): void {
  const matches = program.command('matches').description('vendor records that may be records we know')

  leaf(matches, 'list', 'list proposals, the newest first', [
    'matches list',
    'matches list --connection growth --state all',
  ])
    .option('--state <state>', 'open, accepted, rejected, overtaken or all', 'open')
    .option('--connection <name>', 'only those of this connection')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async ({ state, connection, limit, ...options }: ListOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const query = { state: state === 'all' ? undefined : state, connection, limit }
      const found = await api.get('/matches', query, z.looseObject({ items: z.array(match) }))
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((m) => {
        const [best, ...more] = m.candidates.filter(({ isRejected }) => !isRejected)
        const others = more.length === 0 ? '' : ` and ${String(more.length)} more`
        const what = best === undefined ? null : `${best.name ?? best.recordId}${others}`
        return [short.get(m.id), m.state, m.connection, m.externalId, m.name, what, best?.score, best?.why.join(', ')]
      })
      const headings = ['ID', 'STATE', 'CONNECTION', 'ID THERE', 'NAME THERE', 'MAY BE', 'SCORE', 'MATCHED ON']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    })

  leaf(matches, 'show <id>', 'show a proposal with the records side by side', ['matches show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/matches/${await fullId(api, 'matches', id)}`, {}, matchDetail)
      answer(ctx, options, found, () => detail(found, ctx.colour))
    },
  )

  leaf(matches, 'accept <id>', 'the vendor record is the candidate', [
    'matches accept 019ab3f2',
    'matches accept 019ab3f2 --record 0199c1d2-0000-7000-8000-000000000001',
  ])
    .option('--record <id>', 'which candidate, where there are several')
    .action(async (id: string, options: CommonOptions & { record?: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/matches/${await fullId(api, 'matches', id)}/accept`
      const done = await api.send('POST', path, { recordId: options.record }, matchDetail)
      answer(ctx, options, done, () =>
        `Accepted: ${done.connection} ${done.externalId} is ${done.name ?? ''}`.trimEnd(),
      )
    })

  leaf(matches, 'reject <id>', 'the vendor record is none of the candidates', ['matches reject 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/matches/${await fullId(api, 'matches', id)}/reject`
      const done = await api.send('POST', path, undefined, matchDetail)
      answer(ctx, options, done, () => `Rejected: ${done.connection} ${done.externalId} stays a record of its own`)
    },
  )
}

function detail(m: MatchDetail, colour: boolean): string {
  const head = facts([
    ['Proposal', m.id],
    ['State', m.decidedBy === null ? m.state : `${m.state} by ${m.decidedBy} at ${instant(m.decidedAt) ?? ''}`],
    ['Vendor record', `${m.connection} ${m.object} ${m.externalId}`],
    ...m.candidates.map(({ recordId, score, reasons, isRejected }): [string, string] => [
      isRejected ? 'Is not' : 'May be',
      `${recordId}: ${String(score)} of 100 (${reasons.join('; ')})`,
    ]),
  ])
  const columns = [
    ...(m.record === null ? [] : [['AS IT IS', m.record] as [string, typeof m.record]]),
    ...m.others.map((other, place): [string, typeof other] => [`CANDIDATE ${String(place + 1)}`, other]),
  ]
  return columns.length === 0 ? head : `${head}\n\n${sideBySide(columns, colour)}`
}
