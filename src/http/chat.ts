/** Deciding in the chat: a button on the message of a task, and a form where the decision needs a reason. No API key: the signature speaks. */
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { ChatDoor, Chosen } from './chat-door.ts'
import { reasonFor, taskDecisions } from '../domain/task-kinds.ts'
import { CausewayError } from '../errors.ts'
import { decide, endOf } from '../process/decide.ts'
import { taskRow } from '../reports/tasks.ts'
import type { ApiEnv } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { HOOK_LIMIT } from './hooks.ts'

export function chatRoutes(
  { db, kick, log, nowMs }: Pick<ApiDeps, 'db' | 'kick' | 'log' | 'nowMs'>,
  door: ChatDoor | null,
): Hono<ApiEnv> {
  const app = new Hono<ApiEnv>()
  app.post('/interactive', bodyLimit({ maxSize: HOOK_LIMIT }), async (c) => {
    if (door === null) throw new CausewayError('CW_WEBHOOK_UNKNOWN', 'No chat is set up that people decide in')
    const body = await c.req.text()
    if (!door.verify(c.req.header(), body, nowMs())) {
      log.warn('chat request refused', { code: 'CW_WEBHOOK_SIGNATURE', requestId: c.get('requestId') })
      throw new CausewayError('CW_WEBHOOK_SIGNATURE', 'The signature is not the chat’s, or it is not of now')
    }
    const chosen = door.read(body)
    if (chosen === null) return c.body(null, 200)
    const work = handle(door, chosen).catch((error: unknown) => failed(c.get('requestId'), error))
    // A button is answered before anything is looked up: what comes of it takes the place of the message, or is said to the person.
    const wrong = chosen.is === 'button' ? 'late' : await Promise.race([work, late(door.answerWithinMs)])
    // A form shows beside its field what is wrong with it, and stays open.
    if (wrong !== 'late' && wrong !== null)
      return c.json({ response_action: 'errors', errors: { reason: wrong.words } })
    // Whoever is not answered here is told where they chose.
    void work
      .then((told) =>
        told === null ? undefined : door.answer(chosen.responseUrl, said(chosen, told), 'person', chosen.title),
      )
      .catch((error: unknown) => failed(c.get('requestId'), error))
    return c.body(null, 200)
  })
  return app

  /** Null: done, or nothing more to say; else what the person is told of it. */
  async function handle(chat: ChatDoor, chosen: Chosen): Promise<Told | null> {
    const { taskId, responseUrl, title } = chosen
    const task = /^[0-9a-f-]{36}$/.test(taskId) ? await taskRow(db, taskId) : undefined
    const decision = taskDecisions.find((one) => one === chosen.decision)
    if (task === undefined || decision === undefined) return { words: 'This task is not there any more.' }
    if (task.state === 'open' && chosen.is === 'button' && reasonFor(task.kind, decision) === 'needed')
      return (await chat.askReason(chosen, decision)) ? null : { words: 'That took too long. Please press it again.' }
    const reason = chosen.is === 'form' ? chosen.reason : null
    const address = await chat.addressOf(chosen.userId)
    const by = { label: address ?? `chat user ${chosen.userId}`, email: address, door: 'chat' } as const
    try {
      const decided = await decide(db, { taskId: task.id, decision, reason, by })
      kick()
      log.info('task decided', { taskId: task.id, door: 'chat' })
      await chat.answer(responseUrl, endOf(decided), 'message', title)
      return null
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error
      log.warn('decision in the chat refused', { taskId: task.id, code: error.code })
      if (error.code === 'CW_TASK_DECIDED') {
        const over = await taskRow(db, task.id)
        if (over !== undefined) await chat.answer(responseUrl, endOf(over), 'message', title)
      }
      return { words: `${error.message}.` }
    }
  }

  function failed(requestId: string, error: unknown): Told {
    log.error('chat request failed', { requestId, error: error instanceof Error ? error.name : 'unknown' })
    return { words: 'Something failed. Please try again.' }
  }
}

interface Told {
  words: string
}

/** With what they wrote in a form that is closed by now. */
function said(chosen: Chosen, { words }: Told): string {
  return chosen.is === 'form' && chosen.reason !== '' ? `${words} You wrote: “${chosen.reason}”` : words
}

function late(ms: number): Promise<'late'> {
  return new Promise((resolve) => {
    setTimeout(() => resolve('late'), ms).unref()
  })
}
