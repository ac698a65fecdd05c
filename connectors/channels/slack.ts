/** Slack: to a person by their address, to a channel, or by an incoming webhook. */
import { z } from 'zod'
import { ConnectorError, type Http, type HttpResponse } from '../contract.ts'
import { jsonBody } from '../http/json-body.ts'
import { plainText, refused, type Channel, type Delivery, type Message, type Part, type Sent } from './contract.ts'
import { ask, refusal } from './post.ts'
import { buttonPrefix } from './slack-interactive.ts'
import { cut, escape, LONGEST, mrkdwn, plain } from './slack-text.ts'

export interface SlackSettings {
  /** Of a bot with `chat:write` and `users:read.email`; null: only incoming webhooks. */
  token: string | null
  /** A channel such as `#deals` or `C0123`, or the address of an incoming webhook, by the name of the place. */
  places: Record<string, string>
  api: string
}

/** Errors of the Web API that end by themselves; of any other the same request is refused again. */
const passing = new Set([
  'ratelimited',
  'rate_limited',
  'message_limit_exceeded',
  'internal_error',
  'fatal_error',
  'service_unavailable',
  'request_timeout',
  'team_added_to_org',
])
/** Errors of the credentials: whatever is sent meets them, and they end when a person mends the settings. */
const ofTheToken = new Set([
  'invalid_auth',
  'not_authed',
  'account_inactive',
  'token_revoked',
  'token_expired',
  'missing_scope',
  'no_permission',
  'ekm_access_denied',
  'org_login_required',
])

const answerSchema = z.object({
  ok: z.boolean(),
  error: z.string().optional(),
  ts: z.string().optional(),
  channel: z.string().optional(),
  user: z.object({ id: z.string(), deleted: z.boolean().optional() }).optional(),
})

export function slackChannel(http: Http, settings: () => SlackSettings, nowMs = Date.now): Channel {
  async function post(delivery: Delivery, channel: string): Promise<Sent> {
    const body = { channel, ...payload(delivery), unfurl_links: false, unfurl_media: false }
    const answer = await call('chat.postMessage', { body: JSON.stringify(body) })
    if ('failure' in answer) return answer.failure
    return { sent: true, reference: answer.ts === undefined ? null : `${answer.channel ?? channel}/${answer.ts}` }
  }

  /** The id of the person with this address. Looked up each time: people come and go, and a notice is no hot path. */
  async function userOf(address: string): Promise<string | Sent> {
    const answer = await call('users.lookupByEmail', { query: new URLSearchParams({ email: address }) })
    if ('failure' in answer) return answer.failure
    return answer.user === undefined || answer.user.deleted === true ? refused('users_not_found') : answer.user.id
  }

  async function call(
    method: string,
    sent: { body: string } | { query: URLSearchParams },
  ): Promise<z.infer<typeof answerSchema> | { failure: Sent }> {
    const { token, api } = settings()
    if (token === null) return { failure: refused('no-bot-token') }
    const isRead = 'query' in sent
    const posted = await ask(http, {
      method: isRead ? 'GET' : 'POST',
      url: `${api}/${method}${isRead ? `?${String(sent.query)}` : ''}`,
      route: `/${method}`,
      effect: isRead ? 'read' : 'write',
      headers: {
        authorization: `Bearer ${token}`,
        ...(isRead ? {} : { 'content-type': 'application/json; charset=utf-8' }),
      },
      ...(isRead ? {} : { body: sent.body }),
    })
    if (!posted.answered) return { failure: posted.failure }
    const answer = read(posted.response)
    // A page in the place of an answer is some proxy's: the next try may reach Slack.
    if (answer === null) return { failure: later(`HTTP ${String(posted.response.status)}`) }
    return answer.ok ? answer : { failure: failureOf(answer.error ?? 'unknown') }
  }

  async function hook(delivery: Delivery, url: string): Promise<Sent> {
    const posted = await ask(http, {
      method: 'POST',
      url,
      route: `incoming webhook ${delivery.to}`,
      effect: 'write',
      headers: { 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(contentOf(delivery)),
    })
    if (!posted.answered) return posted.failure
    return posted.response.status === 200 ? { sent: true, reference: null } : refusal(posted.response, nowMs())
  }

  return {
    async send(delivery) {
      if (delivery.to.includes('@')) {
        const user = await userOf(delivery.to)
        return typeof user === 'string' ? post(delivery, user) : user
      }
      const place = settings().places[delivery.to]
      if (place === undefined) return refused('place-unknown')
      return place.startsWith('http') ? hook(delivery, place) : post(delivery, place)
    },
    show: (delivery) => ({ type: 'application/json', body: JSON.stringify(payload(delivery), null, 2) }),
  }
}

function read(response: HttpResponse): z.infer<typeof answerSchema> | null {
  try {
    return answerSchema.safeParse(jsonBody(response)).data ?? null
  } catch (error) {
    if (error instanceof ConnectorError) return null
    throw error
  }
}

function failureOf(code: string): Sent {
  return passing.has(code) || ofTheToken.has(code) ? later(code) : refused(code)
}

function later(code: string): Sent {
  return { sent: false, permanent: false, code, scope: 'route', retryAfterMs: null }
}

/** The stable id travels as metadata: it tells a program that finds a message twice. */
function payload(delivery: Delivery) {
  const event = { id: delivery.id, template: delivery.about.template }
  return { ...contentOf(delivery), metadata: { event_type: 'causeway_notice', event_payload: event } }
}

/** Blocks for those who see them, text for notifications and for those who listen. */
function contentOf({ message }: Delivery) {
  return { text: cut(escape(`${message.subject}\n${plainText(message)}`), 3_900), blocks: blocksOf(message) }
}

/** Slack takes 50 blocks, and a header of 150 characters. */
const BLOCKS = 47

function blocksOf({ subject, parts, footer }: Message) {
  const foot =
    footer === null
      ? []
      : [{ type: 'context', elements: [mrkdwn(`<${footer.url}|${cut(escape(footer.label), 150)}>`)] }]
  const blocks = blocksFor(parts)
  return [
    { type: 'header', text: { ...plain(subject, 150), emoji: false } },
    ...blocks.slice(0, BLOCKS),
    ...(blocks.length > BLOCKS ? [section('…')] : []),
    ...foot,
  ]
}

/** What is read one after another stands in as few blocks as hold it: a digest has more parts than Slack takes blocks. */
function blocksFor(parts: readonly Part[]) {
  const blocks: ReturnType<typeof section | typeof buttonsOf>[] = []
  let open = ''
  const close = () => {
    if (open !== '') blocks.push(section(open))
    open = ''
  }
  const add = (text: string, gap: string) => {
    if (open !== '' && open.length + gap.length + text.length > LONGEST) close()
    open = open === '' ? text : `${open}${gap}${text}`
  }
  for (const part of parts) {
    switch (part.kind) {
      case 'text':
        add(escape(part.text), '\n\n')
        break
      case 'heading':
        close()
        add(`*${escape(part.text)}*`, '\n\n')
        break
      case 'list':
        for (const [i, item] of part.items.entries()) add(`• ${escape(item)}`, i === 0 ? '\n\n' : '\n')
        break
      case 'commands':
        close()
        blocks.push(section(`\`\`\`${cut(escape(part.lines.join('\n')).replaceAll('`', "'"), 2_800)}\`\`\``))
        break
      case 'link':
      case 'decide':
        close()
        blocks.push(buttonsOf(part))
    }
  }
  close()
  return blocks
}

function buttonsOf(part: Extract<Part, { kind: 'link' | 'decide' }>) {
  switch (part.kind) {
    case 'link':
      return {
        type: 'actions',
        elements: [{ type: 'button', text: plain(part.label, 75), url: part.url }],
      }
    case 'decide':
      return {
        type: 'actions',
        elements: part.decisions.map(({ decision, label }) => ({
          type: 'button',
          text: plain(label, 75),
          action_id: `${buttonPrefix}${decision}`,
          value: part.taskId,
        })),
      }
  }
}

const section = (text: string) => ({ type: 'section', text: mrkdwn(text) })
