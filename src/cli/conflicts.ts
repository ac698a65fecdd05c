/** `causeway conflicts`: the audits of what both sides, or several partners, pursue. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { csv } from './csv.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
const audit = z.looseObject({
  id: z.string(),
  period: text,
  by: z.string(),
  at: z.string(),
  rows: z.number(),
  open: z.number(),
})
const auditDetail = audit.extend({
  accounts: z.array(
    z.object({
      id: z.string(),
      account: z.string(),
      territory: z.string(),
      sides: z.enum(['direct', 'partners', 'both']),
      byName: z.boolean(),
      pairs: z.array(z.object({ matchedOn: z.array(z.string()), score: z.number() })),
      registrations: z.array(
        z.object({ id: z.string(), company: text, partner: text, state: z.string(), since: z.string() }),
      ),
      deals: z.array(z.object({ id: z.string(), name: text, owner: text, account: text, home: text })),
      ruling: text,
      ruledBy: text,
      ruledAt: text,
      reason: text,
      taskId: text,
      taskState: z.enum(['open', 'decided', 'expired', 'cancelled']).nullable(),
      assignee: text,
      dueAt: text,
    }),
  ),
})

export function conflictCommands(program: Command, context: () => CliContext): void {
  const conflicts = program.command('conflicts').description('accounts that more than one side pursues')
  const audits = conflicts
    .command('audit')
    .description('all of them, as they were found: once a quarter, and when asked')

  leaf(audits, 'run', 'audit now; what is unresolved opens a task', ['conflicts audit run']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      // Each live claim is looked for, and there may be very many.
      const api = await openApi(ctx.env, { patienceMs: 5 * 60_000 })
      const made = await api.send('POST', '/conflicts/audits', undefined, z.looseObject({ id: z.string() }))
      const found = await api.get(`/conflicts/audits/${made.id}`, {}, auditDetail)
      answer(ctx, options, found, () => detail(found, ctx.colour))
    },
  )

  leaf(audits, 'list', 'list audits, the newest first', ['conflicts audit list'])
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .action(async (options: CommonOptions & { limit: string }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(
        '/conflicts/audits',
        { limit: options.limit },
        z.looseObject({ items: z.array(audit) }),
      )
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((a) => [
        short.get(a.id),
        a.period ?? 'asked for',
        instant(a.at),
        a.by,
        a.rows,
        a.open,
      ])
      answer(ctx, options, found, () => table(['ID', 'PERIOD', 'AT', 'BY', 'ACCOUNTS', 'WERE OPEN'], rows, ctx.colour))
    })

  leaf(audits, 'show <id>', 'show an audit with its rulings', [
    'conflicts audit show 019ab3f2',
    'conflicts audit show 019ab3f2 --csv',
  ])
    .option('--csv', 'as CSV, for a spreadsheet')
    .action(async (id: string, options: CommonOptions & { csv?: true }) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/conflicts/audits/${await fullId(api, 'conflicts/audits', id)}`, {}, auditDetail)
      const sheet = sheetOf(found.accounts)
      answer(ctx, options, found, () =>
        options.csv === true ? csv(sheet.headings, sheet.rows) : detail(found, ctx.colour),
      )
    })
}

function detail(found: z.infer<typeof auditDetail>, colour: boolean): string {
  const head = facts([
    ['Audit', found.id],
    ['Period', found.period ?? 'asked for'],
    ['Made', `${instant(found.at) ?? ''} by ${found.by}`],
    ['Accounts', String(found.rows)],
    ['Without a ruling now', String(found.accounts.filter(({ ruling }) => ruling === null).length)],
  ])
  if (found.accounts.length === 0) return `${head}\n\nNo account is pursued by more than one side.`
  const short = shortIds(found.accounts.flatMap(({ taskId }) => taskId ?? []))
  const rows = found.accounts.map((row) => [
    row.territory,
    row.account,
    row.registrations.map(({ partner }) => partner ?? '?').join(', '),
    row.deals.map(({ name, owner }) => `${name ?? '?'} (${owner ?? 'nobody'})`).join(', '),
    evidenceOf(row).join(' '),
    row.ruling ?? 'open',
    row.assignee,
    row.taskId === null ? '' : short.get(row.taskId),
  ])
  const headings = ['TERRITORY', 'ACCOUNT', 'PARTNERS', 'DIRECT DEALS', 'MATCHED BY', 'RULING', 'ASSIGNEE', 'TASK']
  return `${head}\n\n${table(headings, rows, colour)}`
}

/** What brought the parties together, the strongest of each two, and the highest score. Earlier releases kept a word of it. */
function evidenceOf({ pairs, byName }: z.infer<typeof auditDetail>['accounts'][number]): [string, string] {
  if (pairs.length === 0) return [byName ? 'name' : 'domain', '']
  const strongest = new Set(pairs.flatMap(({ matchedOn }) => matchedOn.slice(0, 1)))
  return [[...strongest].join('; '), String(Math.max(...pairs.map(({ score }) => score)))]
}

/** As a spreadsheet takes it: headings and one row an account. */
function sheetOf(rows: z.infer<typeof auditDetail>['accounts']): { headings: string[]; rows: (string | null)[][] } {
  return {
    headings: [
      'territory',
      'account',
      'sides',
      'matched_by',
      'score',
      'company',
      'partners',
      'registered_since',
      'direct_deals',
      'owners',
      'ruling',
      'ruled_by',
      'ruled_at',
      'assignee',
      'due_at',
      'task_id',
    ],
    rows: rows.map((row) => [
      row.territory,
      row.account,
      row.sides,
      ...evidenceOf(row),
      row.registrations[0]?.company ?? null,
      row.registrations.map(({ partner }) => partner ?? '').join('; '),
      row.registrations[0]?.since ?? null,
      row.deals.map(({ name }) => name ?? '').join('; '),
      row.deals.map(({ owner }) => owner ?? '').join('; '),
      row.ruling,
      row.ruledBy,
      row.ruledAt,
      row.assignee,
      row.dueAt,
      row.taskId,
    ]),
  }
}
