/** `causeway notices`: what people were told and by what, how it looks, and how each person wishes to be told. */
import type { Command } from 'commander'
import { z } from 'zod'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { fullId, shortIds } from './ids.ts'
import { leaf, wholeNumber } from './leaf.ts'
import { facts, instant, table } from './print.ts'

const text = z.string().nullable()
export const noticeSummary = z.looseObject({
  id: z.string(),
  template: z.string(),
  audience: z.string(),
  channel: z.string(),
  recipient: z.string(),
  status: z.string(),
  code: text,
  rhythm: text,
  plannedAt: z.string(),
  dueAt: z.string(),
  sentAt: text,
})
const notice = noticeSummary.extend({
  attempt: z.number(),
  subjectId: z.string(),
  digestId: text,
  reference: text,
  company: text,
})
const list = z.looseObject({ items: z.array(notice), next: text })
const previewed = z.looseObject({
  template: z.string(),
  audience: z.string(),
  language: z.string(),
  subject: z.string(),
  text: z.string(),
  shown: z.looseObject({ type: z.string(), body: z.string() }).nullable(),
})
const preference = z.looseObject({
  language: text,
  timeZone: text,
  hour: z.number(),
  weekday: z.number(),
  choices: z.record(
    z.string(),
    z.looseObject({ channels: z.array(z.string()).optional(), rhythm: z.string().optional() }),
  ),
})
type Preference = z.infer<typeof preference>

interface ListOptions extends CommonOptions {
  registration?: string
  status?: string
  channel?: string
  to?: string
  limit: string
  cursor?: string
}

interface PreviewOptions extends CommonOptions {
  audience?: string
  language?: string
  timeZone?: string
  registration?: string
  channel?: string
}

interface WishOptions extends CommonOptions {
  topic: string
  channels?: string
  digest?: string
  language?: string
  timeZone?: string
  hour?: string
  weekday?: string
  clear?: boolean
}

export function noticeCommands(program: Command, context: () => CliContext): void {
  const notices = program.command('notices').description('what people are told, by what and how')

  leaf(notices, 'list', 'list notices, the newest first', [
    'notices list --status parked',
    'notices list --registration 7c1e9a04',
    'notices list --to ada@example.com --channel slack',
  ])
    .option('--registration <id>', 'only of this registration')
    .option('--status <status>', 'planned, sending, sent, parked or skipped')
    .option('--channel <name>', 'email, slack, teams, webhook, crm-task or portal-comment')
    .option('--to <recipient>', 'only to this address or place')
    .option('--limit <n>', 'at most so many', wholeNumber, '50')
    .option('--cursor <cursor>', 'go on where an earlier list ended (`next` of its JSON)')
    .action(async (options: ListOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { status, channel, to: recipient, limit, cursor, registration } = options
      const registrationId = registration === undefined ? undefined : await fullId(api, 'registrations', registration)
      const found = await api.get('/notices', { registrationId, status, channel, recipient, limit, cursor }, list)
      const short = shortIds(found.items.map(({ id }) => id))
      const rows = found.items.map((n) => [short.get(n.id), n.company, ...noticeCells(n)])
      const more = found.next === null ? '' : `\n\nThere are more: --cursor ${found.next}`
      answer(ctx, options, found, () => `${table(['ID', 'COMPANY', ...noticeHeadings], rows, ctx.colour)}${more}`)
    })

  leaf(notices, 'show <id>', 'show a notice', ['notices show 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const [found] = (await api.get('/notices', { id, limit: '2' }, list)).items
      if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no notice ${id}`, { id })
      answer(ctx, options, found, () =>
        facts([
          ['Notice', found.id],
          ['Template', found.template],
          ['For', `${found.audience}: ${found.recipient}`],
          ['Channel', found.channel],
          ['State', found.status],
          ['Code', found.code],
          ['Tries', found.attempt],
          ['Planned', instant(found.plannedAt)],
          ['Due', found.status === 'planned' ? instant(found.dueAt) : null],
          ['Sent', instant(found.sentAt)],
          ['Digest', found.rhythm === null ? null : [found.rhythm, found.digestId].filter(Boolean).join(' ')],
          ['There', found.reference],
          ['Record', [found.subjectId, found.company].filter(Boolean).join(' ')],
        ]),
      )
    },
  )

  leaf(notices, 'retry <id>', 'send a parked notice again, under the same id', ['notices retry 019ab3f2']).action(
    async (id: string, options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const full = await fullId(api, 'notices', id)
      const done = await api.send('POST', `/notices/${full}/retry`, undefined, z.looseObject({ count: z.number() }))
      answer(ctx, options, done, () => `Planned again: ${full}`)
    },
  )

  leaf(notices, 'routes', 'show which ways to people work, and what waits for each', ['notices routes']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const route = z.looseObject({
        route: z.string(),
        waiting: z.number(),
        parked: z.number(),
        failures: z.number(),
        code: text,
        openUntil: text,
      })
      const found = await api.get('/notice-routes', {}, z.looseObject({ items: z.array(route) }))
      const rows = found.items.map((r) => [r.route, r.waiting, r.parked, r.failures, r.code, instant(r.openUntil)])
      const headings = ['ROUTE', 'WAITING', 'PARKED', 'FAILED IN A ROW', 'CODE', 'LEFT ALONE UNTIL']
      answer(ctx, options, found, () => table(headings, rows, ctx.colour))
    },
  )

  leaf(notices, 'templates', 'list the templates and for whom they are written', ['notices templates']).action(
    async (options: CommonOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const template = z.looseObject({
        template: z.string(),
        topic: z.string(),
        always: z.boolean(),
        audiences: z.array(z.string()),
      })
      const found = await api.get('/notice-templates', {}, z.looseObject({ items: z.array(template) }))
      const rows = found.items.map((t) => [t.template, t.topic, t.audiences.join(', '), t.always ? 'yes' : null])
      answer(ctx, options, found, () => table(['TEMPLATE', 'TOPIC', 'FOR', 'ALWAYS'], rows, ctx.colour))
    },
  )

  leaf(notices, 'preview <template>', 'show how a notice looks, on a registration or on made-up facts', [
    'notices preview registration.approved --language de --time-zone Europe/Berlin',
    'notices preview task.opened --registration 7c1e9a04',
    'notices preview registration.lapsed --channel email > lapsed.html',
  ])
    .option('--audience <name>', 'partner, manager, rep or director')
    .option('--language <tag>', 'such as de or en-GB')
    .option('--time-zone <name>', 'such as Europe/Berlin')
    .option('--registration <id>', 'its facts instead of made-up ones')
    .option('--channel <name>', 'the body as this channel gets it: HTML for email, JSON for slack, teams and webhook')
    .action(async (template: string, options: PreviewOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const { audience, language, timeZone, channel, registration } = options
      const registrationId = registration === undefined ? undefined : await fullId(api, 'registrations', registration)
      const query = { audience, language, timeZone, channel, registrationId }
      const found = await api.get(`/notice-templates/${encodeURIComponent(template)}/preview`, query, previewed)
      answer(ctx, options, found, () => found.shown?.body ?? `Subject: ${found.subject}\n\n${found.text.trimEnd()}`)
    })

  leaf(notices, 'preferences <address>', 'show or set how a person wishes to be told', [
    'notices preferences ada@example.com',
    'notices preferences ada@example.com --language de --time-zone Europe/Berlin',
    'notices preferences ada@example.com --topic registration --channels slack --digest daily --hour 9',
    'notices preferences ada@example.com --topic exclusivity --channels none',
    'notices preferences ada@example.com --clear',
  ])
    .option(
      '--topic <name>',
      'what the channels and digest are about: the first part of a template’s name; * is all',
      '*',
    )
    .option('--channels <names>', 'email, slack, crm-task, or none; several with commas')
    .option('--digest <rhythm>', 'immediate, daily or weekly')
    .option('--language <tag>', 'such as de or en-GB')
    .option('--time-zone <name>', 'such as Europe/Berlin')
    .option('--hour <hour>', 'the hour of a digest in their time zone, 0 to 23', wholeNumber)
    .option('--weekday <day>', 'the day of a weekly digest, 1 (Monday) to 7', wholeNumber)
    .option('--clear', 'forget it all')
    .action(async (address: string, options: WishOptions) => {
      const ctx = context()
      const api = await openApi(ctx.env)
      const path = `/notice-preferences/${encodeURIComponent(address)}`
      const found =
        options.clear === true
          ? await api.send('DELETE', path, undefined, preference)
          : await wished(await api.get(path, {}, preference), options, (wish) =>
              api.send('POST', path, wish, preference),
            )
      answer(ctx, options, found, () => shownPreference(found, ctx.colour))
    })
}

export const noticeHeadings = ['TEMPLATE', 'CHANNEL', 'TO', 'STATE', 'WHEN', 'CODE']

export function noticeCells(n: z.infer<typeof noticeSummary>) {
  const when = n.status === 'sent' ? n.sentAt : n.status === 'planned' ? n.dueAt : n.plannedAt
  return [n.template, n.channel, n.recipient, n.status, instant(when), n.code]
}

/** What stands with what is given changed; asked for nothing, it is only shown. */
async function wished(
  present: Preference,
  { topic, channels, digest, language, timeZone, hour, weekday }: WishOptions,
  keep: (wish: Preference) => Promise<Preference>,
): Promise<Preference> {
  const isAsked = [channels, digest, language, timeZone, hour, weekday].some((given) => given !== undefined)
  if (!isAsked) return present
  const choice = {
    ...present.choices[topic],
    ...(channels === undefined ? {} : { channels: channels === 'none' ? [] : channels.split(',') }),
    ...(digest === undefined ? {} : { rhythm: digest }),
  }
  return keep({
    language: language ?? present.language,
    timeZone: timeZone ?? present.timeZone,
    hour: hour === undefined ? present.hour : Number(hour),
    weekday: weekday === undefined ? present.weekday : Number(weekday),
    choices: Object.keys(choice).length === 0 ? present.choices : { ...present.choices, [topic]: choice },
  })
}

function shownPreference({ language, timeZone, hour, weekday, choices }: Preference, colour: boolean): string {
  const known = facts([
    ['Language', language ?? 'as configured'],
    ['Time zone', timeZone ?? 'as configured'],
    ['Digest', `at ${String(hour)}:00, weekly on day ${String(weekday)}`],
  ])
  const rows = Object.entries(choices).map(([topic, { channels, rhythm }]) => [
    topic,
    channels === undefined ? 'as configured' : channels.length === 0 ? 'none' : channels.join(', '),
    rhythm ?? 'as configured',
  ])
  return rows.length === 0 ? known : `${known}\n\n${table(['TOPIC', 'CHANNELS', 'DIGEST'], rows, colour)}`
}
