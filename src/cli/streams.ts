/** `causeway streams`: how far each stream is read, and telling one to rest, to go on or to read now. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { instant, span, table } from './print.ts'

const text = z.string().nullable()
const streams = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      coveredThrough: text,
      failingSince: text,
      code: text,
      pausedAt: text,
      pausedBy: text,
      intervalMs: z.number().nullable(),
      intervalWhy: text,
      hintedAt: text,
      silentSince: text,
      skewMs: z.number().nullable(),
      notes: z.array(z.looseObject({ code: z.string() })),
    }),
  ),
})
const controlled = z.looseObject({ connection: z.string(), object: z.string() })

const deeds = [
  ['pause', 'tell a stream to rest: nothing is read until it is resumed', 'Paused'],
  ['resume', 'let a paused stream go on', 'Resumed'],
  ['poke', 'have a stream read now', 'Reads now'],
] as const

export function streamCommands(program: Command, context: () => CliContext): void {
  const group = program.command('streams').description('how far each object of each connection is read')

  leaf(group, 'list', 'list streams: how far each is read, how often and why', ['streams list']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const found = await (await openApi(ctx.env)).get('/streams', {}, streams)
      const rows = found.items.map((s) => [
        s.connection,
        s.object,
        stateOf(s),
        instant(s.coveredThrough),
        span(s.intervalMs),
        s.intervalWhy,
        instant(s.hintedAt),
        span(s.skewMs),
        [...(s.code === null ? [] : [s.code]), ...s.notes.map(({ code }) => code)].join(', '),
      ])
      const headings = [
        'CONNECTION',
        'OBJECT',
        'STATE',
        'READ THROUGH',
        'EVERY',
        'WHY',
        'LAST HINT',
        'CLOCK AHEAD',
        'NOTES',
      ]
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    },
  )

  for (const [deed, description, done] of deeds) {
    leaf(group, `${deed} <connection> <object>`, description, [`streams ${deed} sales Opportunity`]).action(
      async (connection: string, object: string, options: CommonOptions) => {
        const ctx = context()
        const api = await openApi(ctx.env)
        const path = `/streams/${encodeURIComponent(connection)}/${encodeURIComponent(object)}/${deed}`
        const told = await api.send('POST', path, undefined, controlled)
        answer(ctx, options, told, () => `${done}: ${told.connection} ${told.object}`)
      },
    )
  }
}

function stateOf(s: z.infer<typeof streams>['items'][number]): string {
  if (s.pausedAt !== null) return `paused by ${s.pausedBy ?? 'someone'}`
  return s.failingSince === null ? 'healthy' : 'failing'
}
