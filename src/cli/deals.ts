/** `causeway deals`: where deals live, and moving one to another CRM. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { withoutSourceCommand } from './deals-without-source.ts'
import { facts, instant, money, table } from './print.ts'

const text = z.string().nullable()
const deal = z.looseObject({
  id: z.string(),
  name: text,
  home: text,
  source: text,
  stage: text,
  status: text,
  amount: text,
  currency: text,
  closeDate: text,
  account: text,
  partner: text,
  owner: text,
  manager: text,
  registrationId: text,
})
const dealDetail = deal.extend({
  custom: z.record(z.string(), text),
  parts: z.array(
    z.looseObject({
      role: text,
      of: z.enum(['partner', 'account', 'own-sales']),
      partner: text,
      account: text,
      share: text,
    }),
  ),
  systems: z.array(
    z.looseObject({
      connection: z.string(),
      object: z.string(),
      externalId: text,
      gone: z.boolean(),
      mirror: z.boolean(),
      write: text,
      code: text,
    }),
  ),
  timeline: z.array(z.looseObject({ at: z.string(), what: z.string(), actor: z.string() })),
})

export function dealCommands(program: Command, context: () => CliContext): void {
  const deals = program.command('deals').description('where deals live, and what every system holds of them')

  leaf(deals, 'list', 'list deals, the newest first', ['deals list --home sales'])
    .option('--home <connection>', 'only those that live there')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async ({ home, limit, ...options }: CommonOptions & { home?: string; limit: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get('/deals', { home, limit }, z.looseObject({ items: z.array(deal) }))
      const short = shortIds(found.items.map(({ id }) => id))
      answer(ctx, options, found, () =>
        table(
          ['ID', 'NAME', 'HOME', 'SOURCE', 'STATUS', 'AMOUNT', 'ACCOUNT', 'PARTNER'],
          found.items.map((d) => [
            short.get(d.id),
            d.name,
            d.home,
            d.source,
            d.status,
            money(d.amount, d.currency),
            d.account,
            d.partner,
          ]),
          ctx.colour,
        ),
      )
    })

  withoutSourceCommand(deals, context)

  leaf(deals, 'show <id>', 'show a deal with its record in every system', ['deals show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/deals/${await fullId(api, 'deals', id)}`, {}, dealDetail)
      answer(ctx, options, found, () => detail(found, ctx.colour))
    },
  )

  leaf(
    deals,
    'move-home <id> <connection>',
    'move a deal to another CRM; what the old one holds stays as a marked mirror',
    ['deals move-home 019ab3f2 growth'],
  ).action(async (id: string, connection: string, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const path = `/deals/${await fullId(api, 'deals', id)}/home`
    const moved = await api.send('POST', path, { to: connection }, z.looseObject({ runId: text }))
    answer(ctx, options, moved, () =>
      moved.runId === null ? `It lives in ${connection} already` : `Moved to ${connection} by run ${moved.runId}`,
    )
  })
}

function detail(d: z.infer<typeof dealDetail>, colour: boolean): string {
  const known = facts([
    ['Deal', d.id],
    ['Name', d.name],
    ['Lives in', d.home],
    ['Status', d.status],
    ['Stage', d.stage],
    ['Amount', money(d.amount, d.currency)],
    ['Close date', d.closeDate],
    ['Account', d.account],
    ['Partner', d.partner],
    ['Owner', d.owner],
    ['Partner manager', d.manager],
    ['Source', d.source],
    ['Registration', d.registrationId],
    ...Object.entries(d.custom).map(([name, value]): [string, string | null] => [`custom.${name}`, value]),
  ])
  const systems = table(
    ['SYSTEM', 'OBJECT', 'ID THERE', 'HELD AS', 'WRITE', 'CODE'],
    d.systems.map((s) => [
      s.connection,
      s.object,
      s.externalId,
      s.gone ? 'deleted there' : s.mirror ? 'mirror' : 'original',
      s.write,
      s.code,
    ]),
    colour,
  )
  const parts = table(
    ['PART', 'WHOSE', 'SHARE'],
    d.parts.map(({ role, of, partner, account, share }) => [
      role,
      of === 'own-sales' ? 'our own sales' : (partner ?? account),
      share === null ? null : `${share} %`,
    ]),
    colour,
  )
  const timeline = d.timeline.map(({ at, what, actor }) => [instant(at), what, actor])
  return `${known}\n\n${d.parts.length === 0 ? '' : `${parts}\n\n`}${systems}${timeline.length === 0 ? '' : `\n\n${table(['WHEN', 'WHAT', 'WHO'], timeline, colour)}`}`
}
