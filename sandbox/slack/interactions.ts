/** What people of the workspace do with messages and modals: each click and submission is one signed request to the app. */
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import type { SandboxEvent, WebhookDefinition } from '../framework/definition.ts'
import { isObject } from './blocks.ts'
import { teamId, type SlackWorld, type switches, type Workspace } from './state.ts'

export const clickSchema = z.strictObject({
  user: z.string(),
  channel: z.string(),
  ts: z.string(),
  actionId: z.string(),
})
export const submitSchema = z.strictObject({
  user: z.string(),
  view: z.string(),
  /** By block and action, as a person filled them in. */
  values: z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown()))),
})

/** A button is pressed. Throws where the message has none of that name. */
export function click(world: SlackWorld, { user, channel, ts, actionId }: z.output<typeof clickSchema>): void {
  const message = world.state.messages.find((m) => m.channel === channel && m.ts === ts)
  const action = buttonsOf(message?.blocks ?? []).find((button) => button['action_id'] === actionId)
  if (message === undefined || action === undefined) throw new RangeError(`no button ${actionId} in that message`)
  const atMs = world.clock.now()
  const triggerId = world.newId('trigger')
  const responseId = world.newId('response')
  world.state.triggers.set(triggerId, { userId: user, atMs, isUsed: false })
  world.state.responses.set(responseId, { channel, ts, atMs, uses: 0 })
  tell(world, {
    type: 'block_actions',
    user: { id: user, team_id: teamId },
    trigger_id: triggerId,
    container: { type: 'message', message_ts: ts, channel_id: channel },
    channel: { id: channel },
    message: { type: 'message', ts, text: message.text, blocks: message.blocks },
    response_url: `${world.baseUrl}/actions/${responseId}`,
    actions: [{ ...action, block_id: action['block_id'] ?? 'b', action_ts: ts }],
  })
}

export function submit(world: SlackWorld, { user, view, values }: z.output<typeof submitSchema>): void {
  const modal = world.state.modals.find(({ id }) => id === view)
  if (modal === undefined) throw new RangeError(`no modal ${view}`)
  tell(world, {
    type: 'view_submission',
    user: { id: user, team_id: teamId },
    trigger_id: world.newId('trigger'),
    response_urls: [],
    view: { ...modal.view, id: modal.id, state: { values } },
  })
}

function tell(world: SlackWorld, payload: { type: string; [field: string]: unknown }): void {
  world.emit({
    type: payload.type,
    subject: '',
    payload: { team: { id: teamId }, api_app_id: 'A0CAUSEWAY', ...payload },
  })
}

function buttonsOf(blocks: unknown[]): Record<string, unknown>[] {
  return blocks
    .filter(isObject)
    .flatMap((block): unknown[] =>
      block['type'] === 'actions' && Array.isArray(block['elements']) ? block['elements'] : [],
    )
    .filter(isObject)
}

/** A form with one field, signed over its bytes and the second it was sent in. A click is told once, and answered within three seconds. */
export const interactive: WebhookDefinition<Workspace, typeof switches> = {
  targets: () => [],
  render(events: SandboxEvent[], target, world) {
    const body = new URLSearchParams({ payload: JSON.stringify(events[0]?.payload ?? {}) }).toString()
    return { body, headers: signed(target.secret ?? '', body, world.clock.now()) }
  },
  retryDelaysMs: [],
  timeoutMs: 3000,
}

export function signed(secret: string, body: string, atMs: number): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000))
  const signature = createHmac('sha256', secret).update(`v0:${timestamp}:${body}`).digest('hex')
  return {
    'content-type': 'application/x-www-form-urlencoded',
    'x-slack-request-timestamp': timestamp,
    'x-slack-signature': `v0=${signature}`,
  }
}
