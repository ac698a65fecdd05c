/** `causeway deals without-source`: the open deals of which nobody says where they come from. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi, type ApiClient } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { csv } from './csv.ts'
import { leaf } from './leaf.ts'
import { money, table } from './print.ts'

const text = z.string().nullable()
const deal = z.looseObject({
  id: z.string(),
  name: text,
  account: text,
  partner: text,
  amount: text,
  currency: text,
  owner: text,
  ownerEmail: text,
  connection: z.string(),
  object: z.string(),
  externalId: text,
  since: z.string(),
})
type Deal = z.infer<typeof deal>
const onePage = z.looseObject({ items: z.array(deal), next: text, total: z.number() })

const headings = ['ID', 'NAME', 'ACCOUNT', 'AMOUNT', 'OWNER', 'PARTNER', 'CRM', 'OBJECT', 'ID THERE', 'SINCE']

export function withoutSourceCommand(deals: Command, context: () => CliContext): void {
  leaf(
    deals,
    'without-source',
    'list open deals of which nobody says whether they are direct or a partner’s, the longest without first',
    ['deals without-source', 'deals without-source --home sales --csv'],
  )
    .option('--home <connection>', 'only those that live there')
    .option('--csv', 'as CSV, for a spreadsheet')
    .action(async ({ home, csv: asCsv, ...options }: CommonOptions & { home?: string; csv?: boolean }) => {
      const ctx = context()
      const items = await allOf(await openApi(ctx.env), home)
      if (asCsv === true) return ctx.out(csv(headings, items.map(row)))
      answer(ctx, options, { items, total: items.length }, () =>
        items.length === 0 ? 'Every open deal has a source.' : table(headings, items.map(row), ctx.colour),
      )
    })
}

async function allOf(api: ApiClient, home: string | undefined): Promise<Deal[]> {
  const items: Deal[] = []
  let cursor: string | undefined
  do {
    const found = await api.get('/deals/without-source', { home, cursor, limit: '200' }, onePage)
    items.push(...found.items)
    cursor = found.next ?? undefined
  } while (cursor !== undefined)
  return items
}

function row(d: Deal): (string | null)[] {
  const { id, name, account, owner, ownerEmail, partner, connection, object, externalId, since } = d
  return [
    id,
    name,
    account,
    money(d.amount, d.currency),
    owner ?? ownerEmail,
    partner,
    connection,
    object,
    externalId,
    since.slice(0, 10),
  ]
}
