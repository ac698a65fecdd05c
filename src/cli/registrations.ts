/** `causeway registrations`: reading, submitting on a partner's behalf, withdrawing. */
import type { Command } from 'commander'
import { z } from 'zod'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { noticeCells, noticeHeadings, noticeSummary } from './notices.ts'
import { facts, instant, money, table } from './print.ts'
import { importCommands } from './registration-import.ts'
import { registrationWishCommands } from './registration-wishes.ts'
import { timelineCommand } from './timeline.ts'

const text = z.string().nullable()
const registration = z.looseObject({
  id: z.string(),
  state: z.string(),
  company: text,
  domain: text,
  partner: text.optional(),
  amount: text,
  currency: text,
  createdAt: z.string(),
  submittedAt: text,
  submittedBy: text,
  onBehalfBy: text.optional(),
  portal: z.string().optional(),
  reason: text,
  protectedUntil: text,
  crmReference: text.optional(),
  home: text.optional(),
})
const registrationDetail = registration.extend({
  contactName: text,
  contactEmail: text,
  products: text,
  country: text,
  dealType: text,
  closeDate: text,
  timeline: z.array(
    z.looseObject({ at: z.string(), what: z.string(), actor: z.string().optional(), rule: text.optional() }),
  ),
  conflicts: z.array(z.looseObject({ kind: z.string() })).optional(),
  clashes: z
    .array(z.looseObject({ field: z.string(), ours: text, theirs: text, connection: z.string(), winner: z.string() }))
    .optional(),
  notices: z.array(noticeSummary).optional(),
  systems: z
    .array(z.looseObject({ connection: z.string(), object: z.string(), externalId: text, write: text, code: text }))
    .optional(),
})

interface ListOptions extends CommonOptions {
  state?: string
  partner?: string
  company?: string
  limit: string
  cursor?: string
}

interface SubmitOptions extends CommonOptions {
  partner?: string
  submittedBy?: string
  company: string
  domain?: string
  contactName?: string
  contactEmail?: string
  amount?: string
  currency?: string
  closeDate?: string
  products?: string
  country?: string
  dealType?: string
}

export function registrationCommands(program: Command, context: () => CliContext): void {
  const registrations = program.command('registrations').description('what partners claim')

  leaf(registrations, 'list', 'list registrations, the newest first', [
    'registrations list',
    'registrations list --state in-review --partner 019ab3f2',
    'registrations list --company northwind --json',
  ])
    .option('--state <state>', 'only in this state, such as approved')
    .option('--partner <id>', 'only of this partner')
    .option('--company <text>', 'only where the company or its domain contains this')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .option('--cursor <cursor>', 'go on where an earlier list ended (`next` of its JSON)')
    .action(async (options: ListOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { state, partner, company, limit, cursor } = options
      const partnerId = partner === undefined ? undefined : await fullId(api, 'partners', partner)
      const found = await api.get(
        '/registrations',
        { state, partnerId, company, limit, cursor },
        z.looseObject({ items: z.array(registration), next: text }),
      )
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((r) => [
        short.get(r.id),
        r.state,
        r.company,
        r.domain,
        r.partner,
        money(r.amount, r.currency),
        instant(r.submittedAt ?? r.createdAt),
        instant(r.protectedUntil),
      ])
      const headings = ['ID', 'STATE', 'COMPANY', 'DOMAIN', 'PARTNER', 'AMOUNT', 'SUBMITTED', 'PROTECTED UNTIL']
      const more = found.next === null ? '' : `\n\nThere are more: --cursor ${found.next}`
      answer(ctx, options, found, () => `${table(headings, rows, ctx.colour)}${more}`)
    })

  leaf(registrations, 'show <id>', 'show a registration with its timeline', ['registrations show 7c1e9a04']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const found = await api.get(`/registrations/${await fullId(api, 'registrations', id)}`, {}, registrationDetail)
      answer(ctx, options, found, () => detail(found, ctx.colour))
    },
  )

  timelineCommand(registrations, context)

  leaf(registrations, 'submit', 'submit a registration, for yourself or on behalf of a partner', [
    'registrations submit --partner 019ab3f2 --submitted-by "Ada Lovelace" --company "Northwind Ltd" --domain northwind.com --amount 48000.00 --currency EUR',
  ])
    .requiredOption('--company <name>', 'the prospect')
    .option('--partner <id>', 'on behalf of this partner; needed with a key of staff')
    .option('--submitted-by <person>', 'the person at the partner; needed with a key of staff')
    .option('--domain <domain>', 'of the prospect, such as northwind.com')
    .option('--contact-name <name>', 'whom the partner speaks with')
    .option('--contact-email <address>', 'whom the partner speaks with')
    .option('--amount <decimal>', 'such as 48000.00')
    .option('--currency <code>', 'ISO 4217, such as EUR')
    .option('--close-date <date>', 'YYYY-MM-DD')
    .option('--products <text>', 'what is to be sold')
    .option('--country <country>', 'the prospect’s')
    .option('--deal-type <type>', 'new, renewal or expansion')
    .action(async (options: SubmitOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { json: _json, verbose: _verbose, partner, ...claim } = options
      const partnerId = partner === undefined ? undefined : await fullId(api, 'partners', partner)
      const body = { ...claim, ...(partnerId === undefined ? {} : { partnerId }) }
      const made = await api.send('POST', '/registrations', body, z.looseObject({ id: z.string() }))
      answer(ctx, options, made, () => `Submitted: ${made.id}`)
    })

  importCommands(registrations, context)

  leaf(registrations, 'withdraw <id>', 'take a registration back', ['registrations withdraw 7c1e9a04']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const full = await fullId(api, 'registrations', id)
      const done = await api.send(
        'POST',
        `/registrations/${full}/withdraw`,
        undefined,
        z.looseObject({ id: z.string() }),
      )
      answer(ctx, options, done, () => `Withdrawn: ${done.id}`)
    },
  )

  registrationWishCommands(registrations, context)
}

function detail(r: z.infer<typeof registrationDetail>, colour: boolean): string {
  const known = facts([
    ['Registration', r.id],
    ['State', r.state],
    ['Reason', r.reason],
    ['Company', r.company],
    ['Domain', r.domain],
    ['Contact', [r.contactName, r.contactEmail].filter(Boolean).join(', ')],
    ['Amount', money(r.amount, r.currency)],
    ['Products', r.products],
    ['Country', r.country],
    ['Deal type', r.dealType],
    ['Close date', r.closeDate],
    ['Partner', r.partner],
    ['Submitted', [instant(r.submittedAt ?? r.createdAt), r.submittedBy].filter(Boolean).join(' by ')],
    ['On behalf, by', r.onBehalfBy],
    ['Portal', r.portal],
    ['Protected until', instant(r.protectedUntil)],
    ['CRM', [r.home, r.crmReference].filter(Boolean).join(' ')],
    ['Conflicts', r.conflicts?.length],
  ])
  const timeline = table(
    ['WHEN', 'WHAT', 'WHO', 'RULE'],
    r.timeline.map(({ at, what, actor, rule }) => [instant(at), what, actor, rule]),
    colour,
  )
  const systems = (r.systems ?? []).map((s) => [s.connection, s.object, s.externalId, s.write, s.code])
  const held =
    systems.length === 0 ? '' : `\n\n${table(['SYSTEM', 'OBJECT', 'ID THERE', 'WRITE', 'CODE'], systems, colour)}`
  const disputed = (r.clashes ?? []).map((c) => [c.field, c.ours, c.theirs, c.connection, c.winner])
  const clashes =
    disputed.length === 0 ? '' : `\n\n${table(['FIELD', 'OURS', 'THEIRS', 'AT', 'STANDS'], disputed, colour)}`
  const told = (r.notices ?? []).map(noticeCells)
  const notices = told.length === 0 ? '' : `\n\n${table(noticeHeadings, told, colour)}`
  return `${known}\n\n${timeline}${notices}${held}${clashes}`
}
