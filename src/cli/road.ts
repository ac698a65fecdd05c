/** `causeway changes`, `causeway rehydrate`: how the road does, and starting it again from its rows. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { instant, table } from './print.ts'

const text = z.string().nullable()
const counts = z.looseObject({
  items: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      received: z.number(),
      applied: z.number(),
      noOp: z.number(),
      parked: z.number(),
      pending: z.number(),
      balanced: z.boolean(),
      lastReceivedAt: text,
    }),
  ),
})
export function roadCommands(program: Command, context: () => CliContext): void {
  leaf(program, 'changes', 'count what came in by how it ended', ['changes', 'changes --summary --json'])
    .option('--summary', 'the counts by connection and object (what is shown anyway)')
    .action(async (options: CommonOptions) => {
      const ctx = context()
      const found = await (await openApi(ctx.env)).get('/changes/summary', {}, counts)
      answer(ctx, options, found, () =>
        table(
          ['CONNECTION', 'OBJECT', 'RECEIVED', 'APPLIED', 'NO-OP', 'PARKED', 'PENDING', 'SUM', 'LAST'],
          found.items.map((c) => [
            c.connection,
            c.object,
            c.received,
            c.applied,
            c.noOp,
            c.parked,
            c.pending,
            c.balanced ? 'equal' : 'NOT EQUAL',
            instant(c.lastReceivedAt),
          ]),
          ctx.colour,
        ),
      )
    })

  leaf(program, 'rehydrate', 'start every process again from its row, after a Temporal server was lost', [
    'rehydrate',
  ]).action(async (options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const done = await api.send('POST', '/rehydrate', undefined, z.looseObject({ registrations: z.number() }))
    answer(ctx, options, done, () => `Started again: ${done.registrations} registrations, all streams and senders`)
  })
}
