/** The workspace answers as Slack does, refusals included, and signs what its people do. */
import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { z } from 'zod'
import { until } from '../../test/setup/until.ts'
import { startSandbox, type RunningSandbox } from '../framework/start.ts'
import { botToken, hookPath, slackSandbox } from './index.ts'

let sandbox: RunningSandbox
beforeAll(async () => {
  sandbox = await startSandbox(slackSandbox)
})
afterAll(() => sandbox.close())

const answerSchema = z.looseObject({ ok: z.boolean(), error: z.string().optional() })
async function call(method: string, args: Record<string, unknown>, token = botToken) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' }
  const url = `${sandbox.url}/api/${method}`
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(args) })
  return answerSchema.parse(await answer.json())
}
async function ask(method: string, args: Record<string, string>) {
  const headers = { authorization: `Bearer ${botToken}` }
  const answer = await fetch(`${sandbox.url}/api/${method}`, {
    method: 'POST',
    headers,
    body: new URLSearchParams(args),
  })
  return answerSchema.parse(await answer.json())
}
const post = (path: string) =>
  fetch(`${sandbox.url}/services/${path}`, { method: 'POST', body: JSON.stringify({ text: 'By hook' }) })
const button = { type: 'button', text: { type: 'plain_text', text: 'Approve' }, action_id: 'approve', value: 't1' }
const blocks = [{ type: 'actions', elements: [button] }]
const messages = async () =>
  z
    .looseObject({ messages: z.array(z.looseObject({ channel: z.string(), ts: z.string(), text: z.string() })) })
    .parse(await sandbox.control.state()).messages

it('knows people by address and by id, and says what it does not know by name', async () => {
  expect(await ask('users.lookupByEmail', { email: 'RAE.MORGAN@example.com' })).toMatchObject({
    user: { id: 'U0RAEMORGAN', profile: { email: 'rae.morgan@example.com' } },
  })
  expect(await ask('users.lookupByEmail', { email: 'nobody@example.com' })).toMatchObject({ error: 'users_not_found' })
  expect(await ask('users.info', { user: 'U404' })).toMatchObject({ error: 'user_not_found' })
  expect(await call('chat.postMessage', { channel: 'C1', text: 'x' }, 'wrong')).toMatchObject({ error: 'invalid_auth' })
  expect(await call('chat.postMessage', { channel: 'nowhere', text: 'x' })).toMatchObject({
    error: 'channel_not_found',
  })
  expect(await call('chat.postMessage', { channel: 'C1', blocks: [{ type: 'nonsense' }] })).toMatchObject({
    error: 'invalid_blocks',
  })
})

it('takes an incoming webhook at its secret path alone', async () => {
  expect(await (await post(hookPath)).text()).toBe('ok')
  expect((await post('T0/B0/other')).status).toBe(404)
  expect((await messages()).map(({ text }) => text)).toContain('By hook')
})

it('signs a click over its second and its bytes, opens one modal by it, and lets the message be replaced', async () => {
  const sent = await call('chat.postMessage', { channel: 'U0RAEMORGAN', text: 'Decide', blocks })
  const { channel, ts } = z.object({ channel: z.string(), ts: z.string() }).parse(sent)
  await sandbox.control.webhooks.setTarget({ url: 'http://127.0.0.1:1/slack', secret: 'shh' })
  await sandbox.control.seed({ click: [{ user: 'U0RAEMORGAN', channel, ts, actionId: 'approve' }] })
  const { headers, body } = await until(async () => (await sandbox.control.webhooks.deliveries()).at(-1) ?? null)
  const base = `v0:${headers['x-slack-request-timestamp'] ?? ''}:${body}`
  expect(headers['x-slack-signature']).toBe(`v0=${createHmac('sha256', 'shh').update(base).digest('hex')}`)
  const payload = z
    .looseObject({
      trigger_id: z.string(),
      response_url: z.string(),
      actions: z.array(z.looseObject({ value: z.string() })),
    })
    .parse(JSON.parse(new URLSearchParams(body).get('payload') ?? ''))
  expect(payload.actions).toMatchObject([{ value: 't1' }])

  const view = {
    type: 'modal',
    title: { type: 'plain_text', text: 'Decline' },
    submit: { type: 'plain_text', text: 'Decline' },
    blocks: [
      {
        type: 'input',
        label: { type: 'plain_text', text: 'Why' },
        element: { type: 'plain_text_input', action_id: 'why' },
      },
    ],
  }
  expect(await call('views.open', { trigger_id: payload.trigger_id, view })).toMatchObject({ ok: true })
  expect(await call('views.open', { trigger_id: payload.trigger_id, view })).toMatchObject({
    error: 'exchanged_trigger_id',
  })
  const answer = { replace_original: true, text: 'Approved' }
  const replaced = await fetch(payload.response_url, { method: 'POST', body: JSON.stringify(answer) })
  expect(replaced.status).toBe(200)
  expect(await messages()).toContainEqual(expect.objectContaining({ ts, text: 'Approved', edited: true }))
})
