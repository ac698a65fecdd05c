/** `causeway delegations`: who stands in for whom while they are away. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { CausewayError } from '../errors.ts'
import { shortIds } from './ids.ts'
import { leaf } from './leaf.ts'
import { instant, table } from './print.ts'

const delegation = z.looseObject({
  id: z.string(),
  address: z.string(),
  toAddress: z.string(),
  fromAt: z.string(),
  untilAt: z.string().nullable(),
})
const all = z.looseObject({ items: z.array(delegation) })

interface AddOptions extends CommonOptions {
  for: string
  to: string
  from?: string
  until?: string
}

export function delegationCommands(program: Command, context: () => CliContext): void {
  const group = program.command('delegations').description('who decides in the place of whom')

  leaf(group, 'list', 'list who stands in for whom, also from a later day on', ['delegations list']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const found = await (await openApi(ctx.env)).get('/delegations', {}, all)
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'FOR', 'DECIDES', 'FROM', 'UNTIL'],
          found.items.map((d) => [short.get(d.id), d.address, d.toAddress, instant(d.fromAt), instant(d.untilAt)]),
          ctx.colour,
        ),
      )
    },
  )

  leaf(group, 'add', 'let somebody decide in the place of a person who is away', [
    'delegations add --for ada@example.com --to grace@example.com --until 2027-01-07T08:00:00Z',
  ])
    .requiredOption('--for <address>', 'whose decisions they are')
    .requiredOption('--to <address>', 'who is asked and reminded, and decides')
    .option('--from <instant>', 'when it begins; now unless said')
    .option('--until <instant>', 'when it ends; unless said, when it is ended')
    .action(async (options: AddOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { for: address, to, from = null, until = null } = options
      const made = await api.send('POST', '/delegations', { address, to, from, until }, delegation)
      answer(
        ctx,
        options,
        made,
        () => `${made.toAddress} decides for ${made.address} from ${instant(made.fromAt) ?? ''}`,
      )
    })

  leaf(group, 'end <id>', 'end a delegation at once', ['delegations end 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { items } = await api.get('/delegations', {}, all)
      const [found, second] = items.filter((one) => one.id.startsWith(id.toLowerCase()))
      if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `No delegation's id begins with "${id}"`)
      if (second !== undefined) throw new CausewayError('CW_REQUEST_INVALID', `More than one id begins with "${id}"`)
      await api.send('DELETE', `/delegations/${found.id}`, undefined, z.unknown())
      answer(ctx, options, { id: found.id }, () => `Ended: ${found.address} decides again`)
    },
  )
}
