/** Clicks in Slack: whether a request is Slack's, what was chosen in it, who chose it, and how they are answered. */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { Http } from '../contract.ts'
import { jsonBody } from '../http/json-body.ts'
import { ask } from './post.ts'
import { cut, escape, mrkdwn, plain, unescape } from './slack-text.ts'

export interface ChatSettings {
  token: string
  signingSecret: string
  api: string
}

/** What a person chose on a message, or wrote into the form that a choice opened. */
type Chosen =
  | {
      is: 'button'
      decision: string
      taskId: string
      userId: string
      triggerId: string
      responseUrl: string
      title: string
    }
  | { is: 'form'; decision: string; taskId: string; userId: string; responseUrl: string; title: string; reason: string }

/** The name of a button that decides, and the value that it carries. */
export const buttonPrefix = 'decide:'
const formName = 'decide'
const replayMs = 5 * 60_000
/** Slack waits three seconds. */
const answerWithinMs = 1_500

const payloadSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('block_actions'),
    user: z.looseObject({ id: z.string() }),
    trigger_id: z.string(),
    response_url: z.string().default(''),
    message: z.looseObject({ text: z.string().default('') }).optional(),
    actions: z.array(z.looseObject({ action_id: z.string(), value: z.string().default('') })),
  }),
  z.looseObject({
    type: z.literal('view_submission'),
    user: z.looseObject({ id: z.string() }),
    view: z.looseObject({
      callback_id: z.string().default(''),
      private_metadata: z.string().default(''),
      state: z.looseObject({
        values: z.record(z.string(), z.record(z.string(), z.looseObject({ value: z.string().nullish() }))),
      }),
    }),
  }),
])
const heldSchema = z.object({ decision: z.string(), taskId: z.string(), responseUrl: z.string(), title: z.string() })
const answerSchema = z.object({
  ok: z.boolean(),
  user: z
    .looseObject({ deleted: z.boolean().default(false), profile: z.looseObject({ email: z.string().optional() }) })
    .optional(),
})

/** What the API answers clicks by. */
export function slackChat(http: Http, settings: () => ChatSettings) {
  async function call(method: string, effect: 'read' | 'write', body: URLSearchParams | object) {
    const { token, api } = settings()
    const isForm = body instanceof URLSearchParams
    const posted = await ask(http, {
      method: 'POST',
      url: `${api}/${method}`,
      route: `/${method}`,
      effect,
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': isForm ? 'application/x-www-form-urlencoded' : 'application/json; charset=utf-8',
      },
      body: isForm ? body.toString() : JSON.stringify(body),
    })
    if (!posted.answered || posted.response.status !== 200) return null
    return answerSchema.safeParse(jsonBody(posted.response)).data ?? null
  }

  return {
    answerWithinMs,
    /** Whether Slack called, and within five minutes. */
    verify(headers: Record<string, string>, body: string, nowMs: number): boolean {
      const at = headers['x-slack-request-timestamp'] ?? ''
      if (!/^\d{1,12}$/.test(at) || Math.abs(nowMs - Number(at) * 1000) > replayMs) return false
      const wanted = `v0=${createHmac('sha256', settings().signingSecret).update(`v0:${at}:${body}`).digest('hex')}`
      const given = Buffer.from(headers['x-slack-signature'] ?? '')
      return given.length === wanted.length && timingSafeEqual(given, Buffer.from(wanted))
    },
    /** Null: something that decides nothing. */
    read(body: string): Chosen | null {
      const payload = payloadSchema.safeParse(parsed(new URLSearchParams(body).get('payload') ?? '')).data
      return payload === undefined ? null : payload.type === 'block_actions' ? pressed(payload) : written(payload)
    },
    /** Null where Slack tells none, or of one who left. */
    async addressOf(userId: string): Promise<string | null> {
      const found = (await call('users.info', 'read', new URLSearchParams({ user: userId })))?.user
      return found === undefined || found.deleted ? null : (found.profile.email ?? null)
    },
    /** False where it is too late for a form. */
    async askReason(
      { triggerId, decision, taskId, responseUrl, title }: Extract<Chosen, { is: 'button' }>,
      label: string,
    ): Promise<boolean> {
      const view = {
        type: 'modal',
        callback_id: formName,
        private_metadata: JSON.stringify({ decision, taskId, responseUrl, title } satisfies z.infer<typeof heldSchema>),
        title: plain(label, 24),
        submit: plain('Decide'),
        close: plain('Cancel'),
        blocks: [
          {
            type: 'input',
            block_id: 'reason',
            label: plain('Reason; the partner is shown it'),
            element: { type: 'plain_text_input', action_id: 'reason', multiline: true, max_length: 2000 },
          },
        ],
      }
      return (await call('views.open', 'write', { trigger_id: triggerId, view }))?.ok === true
    },
    /** Puts words in the place of the message, or says them to the person alone. */
    async answer(responseUrl: string, words: string, to: 'message' | 'person', title: string): Promise<void> {
      if (!isOfSlack(responseUrl, settings().api)) return
      const text = escape(words)
      const body =
        to === 'person'
          ? { response_type: 'ephemeral', replace_original: false, text }
          : {
              replace_original: true,
              text,
              blocks: [
                ...(title === '' ? [] : [{ type: 'section', text: mrkdwn(escape(title)) }]),
                { type: 'section', text: mrkdwn(text) },
              ],
            }
      await ask(http, {
        method: 'POST',
        url: responseUrl,
        route: 'response_url',
        effect: 'write',
        headers: { 'content-type': 'application/json; charset=utf-8' },
        body: JSON.stringify(body),
      })
    },
  }
}

/** Answers go to Slack's own address for them, or to where its API is said to be; never to another that a payload may name. */
function isOfSlack(responseUrl: string, api: string): boolean {
  if (!URL.canParse(responseUrl)) return false
  const { protocol, hostname, origin } = new URL(responseUrl)
  return origin === new URL(api).origin || (protocol === 'https:' && /(^|\.)slack(-gov)?\.com$/.test(hostname))
}

function pressed(payload: Extract<z.infer<typeof payloadSchema>, { type: 'block_actions' }>): Chosen | null {
  const action = payload.actions.find(({ action_id: name }) => name.startsWith(buttonPrefix))
  if (action === undefined) return null
  return {
    is: 'button',
    decision: action.action_id.slice(buttonPrefix.length),
    taskId: action.value,
    userId: payload.user.id,
    triggerId: payload.trigger_id,
    responseUrl: payload.response_url,
    // The first line of a message of ours is its subject.
    title: cut(unescape((payload.message?.text ?? '').split('\n', 1)[0] ?? ''), 300),
  }
}

function written({ user, view }: Extract<z.infer<typeof payloadSchema>, { type: 'view_submission' }>): Chosen | null {
  const held = heldSchema.safeParse(parsed(view.private_metadata)).data
  if (view.callback_id !== formName || held === undefined) return null
  return { is: 'form', ...held, userId: user.id, reason: view.state.values['reason']?.['reason']?.value ?? '' }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
