/** `causeway contacts`: people at partners. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { table } from './print.ts'

const text = z.string().nullable()
const people = z.looseObject({
  items: z.array(z.looseObject({ id: z.string(), name: text, email: text, title: text, state: text })),
})
const moved = z.looseObject({ leads: z.number(), registrations: z.number() })

interface ListOptions extends CommonOptions {
  name?: string
  state?: string
  limit: string
}

export function contactCommands(program: Command, context: () => CliContext): void {
  const group = program.command('contacts').description('people at partners')

  leaf(group, 'list', 'list people at partners, the newest first', ['contacts list', 'contacts list --state left'])
    .option('--name <text>', 'only names or addresses that contain this')
    .option('--state <state>', 'only those invited, active or left')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: ListOptions) => {
      const ctx = context()
      const { name, state, limit } = options
      const found = await (await openApi(ctx.env)).get('/contacts', { name, state, limit }, people)
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'NAME', 'E-MAIL', 'TITLE', 'STATE'],
          found.items.map((c) => [short.get(c.id), c.name, c.email, c.title, c.state]),
          ctx.colour,
        ),
      )
    })

  leaf(group, 'leave <contact>', 'deactivate a person who has left, everywhere', [
    'contacts leave 018f3a2b --to 018f3a2c',
    'contacts leave 018f3a2b',
  ])
    .option('--to <contact>', 'the colleague who takes over what is open')
    .action(async (given: string, options: CommonOptions & { to?: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const id = await fullId(api, 'contacts', given)
      const successorId = options.to === undefined ? null : await fullId(api, 'contacts', options.to)
      const done = await api.send('POST', `/contacts/${id}/leave`, { successorId }, moved)
      answer(ctx, options, done, () =>
        successorId === null
          ? 'Deactivated. A task asks for a colleague who takes over.'
          : `Deactivated. Handed over: ${String(done.registrations)} registrations, ${String(done.leads)} leads`,
      )
    })
}
