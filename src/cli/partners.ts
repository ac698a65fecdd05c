/** `causeway partners`. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { partnerLinkCommands } from './partner-links.ts'
import { table } from './print.ts'

const text = z.string().nullable()
const partners = z.looseObject({
  items: z.array(
    z.looseObject({
      id: z.string(),
      name: text,
      tier: text,
      state: z.string(),
      managerEmail: text,
      openRegistrations: z.number(),
    }),
  ),
})

export function partnerCommands(program: Command, context: () => CliContext): void {
  const group = program.command('partners').description('who sells with you')

  leaf(group, 'list', 'list partners, the newest first', ['partners list', 'partners list --name acme'])
    .option('--name <text>', 'only names that contain this')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: CommonOptions & { name?: string; limit: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get('/partners', { name: options.name, limit: options.limit }, partners)
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'NAME', 'STATE', 'TIER', 'ACCOUNT MANAGER', 'OPEN REGISTRATIONS'],
          found.items.map((p) => [short.get(p.id), p.name, p.state, p.tier, p.managerEmail, p.openRegistrations]),
          ctx.colour,
        ),
      )
    })

  partnerLinkCommands(group, context)
}
