/**
 * Deciding by the link of a message. Opening it decides nothing, for mail programs and scanners open links; the form on its page does,
 * once. The token is the credential: it is in no log, and no other page learns the address.
 */
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { taskDecisions } from '../domain/task-kinds.ts'
import { CausewayError, errors, type ErrorCode } from '../errors.ts'
import { assertMayDecide } from '../process/authority.ts'
import { decideIn, keepRefusal } from '../process/decide.ts'
import { findLink, openLink, useLink } from '../process/signed-links.ts'
import { readMatter } from '../reports/task-matter.ts'
import { readTask, taskRow } from '../reports/tasks.ts'
import type { ApiEnv } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { answerError, statusOf } from './errors.ts'
import { isOwnForm } from './own-form.ts'
import { closedPage, decisionPage, endedPage, type Refused } from './pages/decision.ts'
import { sendPage } from './pages/layout.ts'
import { clockFor } from './partner-door/time.ts'

const FORM_LIMIT = 16 * 1024

const form = z.object({
  decision: z.enum(taskDecisions),
  reason: z
    .string()
    .trim()
    .max(2000)
    .default('')
    .transform((text) => text || null),
})

export function decideByLinkRoutes({ db, programme, kick, log }: ApiDeps): Hono<ApiEnv> {
  const clockOf = (address: string) => clockFor(db, address, programme.notices?.timeZone)
  const app = new Hono<ApiEnv>()
  app.onError((error, c) => answerError(error, c, db, log, true))

  app.get('/:token', async (c) => show(c, c.req.param('token'), null))

  app.post(
    '/:token',
    bodyLimit({ maxSize: FORM_LIMIT, onError: (c) => sendPage(c, closedPage('Too much text', 'Send less.'), 413) }),
    async (c) => {
      const token = c.req.param('token')
      if (!isOwnForm(c))
        return sendPage(c, closedPage('Nothing was decided', 'The form was sent from another site.'), 403)
      const sent = Object.fromEntries(new URLSearchParams(await c.req.text()))
      const given = form.safeParse(sent)
      if (!given.success)
        return show(c, token, {
          decision: taskDecisions.find((one) => one === sent['decision']) ?? null,
          reason: sent['reason'] ?? '',
          field: given.error.issues.some(({ path }) => path[0] === 'decision') ? 'decision' : 'reason',
        })
      return take(c, token, given.data)
    },
  )
  app.all('*', (c) => refuse(c, 'CW_NOT_FOUND'))
  return app

  /** Decides and uses the link up in one transaction: what is refused leaves the link as it was. */
  async function take(c: Context<ApiEnv>, token: string, given: z.infer<typeof form>): Promise<Response> {
    let wish: Parameters<typeof keepRefusal>[1] | null = null
    try {
      await db.transaction(async (tx) => {
        const link = await useLink(tx, token, 'decide')
        const by = { label: link.address, email: link.address, door: 'mail' } as const
        wish = { ...given, taskId: link.taskId ?? '', by }
        await decideIn(tx, wish)
      })
    } catch (error) {
      if (!(error instanceof CausewayError)) throw error
      if (wish !== null) await keepRefusal(db, wish, error)
      log.warn('decision by link refused', { code: error.code, requestId: c.get('requestId') })
      const isMendable = error.code === 'CW_REQUEST_INVALID'
      const field = error.detail['field'] === 'reason' ? 'reason' : 'decision'
      return show(c, token, isMendable ? { ...given, reason: given.reason ?? '', field } : null)
    }
    kick()
    log.info('task decided', { door: 'mail', requestId: c.get('requestId') })
    // A page that is loaded again sends no form again.
    c.header('referrer-policy', 'no-referrer')
    c.header('cache-control', 'no-store')
    return c.redirect(new URL(c.req.url).pathname, 303)
  }

  /** The page as things stand now. */
  async function show(c: Context<ApiEnv>, token: string, refused: Refused | null): Promise<Response> {
    try {
      const link = await findLink(db, token, 'decide')
      const task = await taskRow(db, link.taskId ?? '')
      // Whom it was for learns how it ended, whoever decided it and whatever became of the link.
      if (
        link.usedAt !== null ||
        (task !== undefined && task.state !== 'open' && link.revokedAt === null && !link.isOver)
      )
        return await sendPage(c, endedPage(task, await clockOf(link.address)))
      await openLink(db, token, 'decide')
      if (task === undefined) throw new CausewayError('CW_NOT_FOUND', 'The task is gone')
      const { address: email } = link
      await db.transaction((tx) => assertMayDecide(tx, task, { label: email, email, door: 'mail' }))
      const detail = await readTask(db, task.id)
      if (detail === undefined || (detail.registration === null && detail.contact === null))
        throw new CausewayError('CW_NOT_FOUND', 'What the task is about is gone')
      const { registration } = detail
      const matter =
        registration === null
          ? null
          : await readMatter(db, { ...detail, registrationId: registration.id, subjectId: task.subjectId })
      const time = await clockOf(email)
      const page = decisionPage(detail, matter, time, refused)
      return await sendPage(c, page, refused === null ? 200 : 400)
    } catch (error) {
      if (error instanceof CausewayError && statusOf(error.code) < 500) return refuse(c, error.code)
      throw error
    }
  }
}

function refuse(c: Context<ApiEnv>, code: ErrorCode): Promise<Response> {
  const [title, words] = CLOSED[code] ?? ['This cannot be done', errors[code].remedy]
  return sendPage(c, closedPage(title, words), statusOf(code))
}

/** What a person reads who opens a link in vain. */
const CLOSED: Partial<Record<ErrorCode, readonly [title: string, words: string]>> = {
  CW_LINK_UNKNOWN: ['This link is not known', 'Open the whole address from the message; it may have been cut.'],
  CW_LINK_EXPIRED: ['This link has expired', 'Ask for a new message, or decide by another way.'],
  CW_LINK_REVOKED: ['This link holds no more', 'What it was for was settled, or given to somebody else.'],
  CW_DECIDER_NOT_ALLOWED: [
    'This is not yours to decide',
    'The task asks somebody else, and you do not stand in for them. Ask them to, or ask an admin.',
  ],
  CW_DECIDER_LEFT: [
    'This is not yours to decide',
    'By our records you work here no more, so the task asks somebody else. Tell an admin if that is wrong.',
  ],
  CW_NOT_FOUND: ['There is nothing here', 'What the task was about is gone, or the address was cut.'],
}
