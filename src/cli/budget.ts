/** `causeway budget`: what may still be asked of each vendor, now and today. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { instant, span, table } from './print.ts'

const text = z.string().nullable()
const budgets = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      window: z
        .looseObject({
          requests: z.number(),
          windowMs: z.number(),
          used: z.number(),
          waitMs: z.looseObject({ sync: z.number() }),
        })
        .nullable(),
      day: z
        .looseObject({
          limit: z.number(),
          used: z.number(),
          stopsAt: z.number(),
          reserve: z.number(),
          isStopped: z.boolean(),
          resumesAt: text,
        })
        .nullable(),
      usedToday: z.number(),
      pausedUntil: text,
    }),
  ),
})

export function budgetCommands(program: Command, context: () => CliContext): void {
  leaf(program, 'budget', 'show what may still be asked of each vendor: in its window, today, and when again', [
    'budget',
    'budget --json',
  ]).action(async (options: CommonOptions) => {
    const ctx = context()
    const found = await (await openApi(ctx.env)).get('/budget', {}, budgets)
    const rows = found.items.map(({ connection, window, day, usedToday, pausedUntil }) => [
      connection,
      window === null ? 'no limit' : `${window.requests} in ${span(window.windowMs) ?? ''}`,
      window?.used,
      span(window?.waitMs.sync),
      usedToday,
      day?.limit,
      day?.stopsAt,
      day?.reserve,
      day?.isStopped === true ? 'stopped' : pausedUntil === null ? 'open' : 'paused by the vendor',
      instant(day?.resumesAt ?? pausedUntil),
    ])
    const headings = [
      'CONNECTION',
      'WINDOW',
      'IN USE',
      'NEXT WAITS',
      'TODAY',
      'OF',
      'STOPS AT',
      'FOR PEOPLE',
      'STATE',
      'UNTIL',
    ]
    answer(ctx, options, found, () => table(headings, rows, ctx.colour))
  })
}
