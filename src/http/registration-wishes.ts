/** What people ask of a registration beside its decision. A partner asks for its own alone. */
import { createRoute, z } from '@hono/zod-openapi'
import { asPartner } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { answerInfo } from '../process/wishes/answer-info.ts'
import { readOwn } from '../reports/partner-view.ts'
import { actorOf, allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, uuid, type Api } from './form.ts'

const tags = ['registrations']
const params = z.object({ id: uuid })
const taken = z.object({ id: uuid })

const answer = createRoute({
  method: 'post',
  path: '/registrations/{id}/answer',
  tags,
  summary: 'Answers what the approver asked the partner; the clock of the decision goes on',
  ...allow('admin', 'manager', 'partner'),
  request: { params, body: body(z.strictObject({ answer: z.string().trim().min(1).max(5000) })) },
  responses: { 202: json(taken, 'Kept; the approver is asked again'), ...refusals },
})

export function registrationWishRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(answer, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    await assertOwn(caller, id)
    await answerInfo(db, { registrationId: id, ...c.req.valid('json'), by: actorOf(caller) })
    return done('question answered', caller, id, (found) => c.json(found, 202))
  })

  function done<T>(what: string, { keyId }: Caller, id: string, respond: (found: { id: string }) => T): T {
    kick()
    log.info(what, { registrationId: id, keyId })
    return respond({ id })
  }

  /** Another partner's registration does not exist. */
  async function assertOwn(caller: Caller, id: string): Promise<void> {
    if (caller.role !== 'partner') return
    const own = await asPartner(db, caller.partnerId, (tx) => readOwn(tx, id))
    if (own === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
  }
}
