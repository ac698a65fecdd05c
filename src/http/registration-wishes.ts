/** What people ask of a registration beside its decision. A partner asks for its own alone. */
import { createRoute, z } from '@hono/zod-openapi'
import { asPartner } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { answerInfo } from '../process/wishes/answer-info.ts'
import { edit } from '../process/wishes/edit.ts'
import { extend, requestExtension } from '../process/wishes/extension.ts'
import { revoke } from '../process/wishes/revoke.ts'
import { readOwn } from '../reports/partner-view.ts'
import { actorOf, allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, uuid, type Api } from './form.ts'
import { claimEdit } from './registration-form.ts'

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

const change = createRoute({
  method: 'patch',
  path: '/registrations/{id}',
  tags,
  summary:
    'Changes a registration; it is screened again where that counts, and after the approval locked fields are proposed',
  ...allow('admin', 'manager', 'partner'),
  request: { params, body: body(claimEdit) },
  responses: {
    200: json(
      z.object({ applied: z.array(z.string()), proposed: z.array(z.string()) }),
      'Fields that changed, and that wait',
    ),
    ...refusals,
  },
})

const revocation = createRoute({
  method: 'post',
  path: '/registrations/{id}/revoke',
  tags,
  summary: 'Takes an approval back; the partner is told the reason',
  ...allow('admin', 'manager'),
  request: { params, body: body(z.strictObject({ reason: z.string().trim().min(1).max(2000) })) },
  responses: { 202: json(taken, 'Its process revokes it'), ...refusals },
})

const until = z.iso.datetime({ offset: true }).openapi({
  example: '2027-03-31T22:00:00Z',
  description: 'Until when it is to be protected',
})
const why = z.string().trim().min(1).max(2000).nullable().default(null)

const extensionWish = createRoute({
  method: 'post',
  path: '/registrations/{id}/extension-wish',
  tags,
  summary: 'Asks that a protection last longer; a person decides unless the policy grants it',
  ...allow('admin', 'manager', 'partner'),
  request: { params, body: body(z.strictObject({ until: until.nullable().default(null), reason: why })) },
  responses: { 202: json(taken.extend({ until: z.string() }), 'Kept; it is asked for until then'), ...refusals },
})

const extension = createRoute({
  method: 'post',
  path: '/registrations/{id}/extend',
  tags,
  summary: 'Extends a protection at once, by a manager’s own word',
  ...allow('admin', 'manager'),
  request: { params, body: body(z.strictObject({ until, reason: why })) },
  responses: { 202: json(taken, 'Its process extends it'), ...refusals },
})

export function registrationWishRoutes(api: Api, { db, programme, kick, log }: ApiDeps): void {
  api.openapi(answer, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    await assertOwn(caller, id)
    await answerInfo(db, { registrationId: id, ...c.req.valid('json'), by: actorOf(caller) })
    return done('question answered', caller, id, (found) => c.json(found, 202))
  })

  api.openapi(change, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    await assertOwn(caller, id)
    const values = Object.fromEntries(Object.entries(c.req.valid('json')).filter(([, value]) => value !== undefined))
    const edited = await edit(db, programme, { registrationId: id, values, actor: `key:${caller.keyId}` })
    return done('registration edited', caller, id, () => c.json(edited, 200))
  })

  api.openapi(revocation, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    await revoke(db, { registrationId: id, ...c.req.valid('json'), by: actorOf(caller) })
    return done('registration revoked', caller, id, (found) => c.json(found, 202))
  })

  api.openapi(extensionWish, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    const wish = c.req.valid('json')
    await assertOwn(caller, id)
    const asked = await requestExtension(db, programme.policy, {
      registrationId: id,
      until: wish.until === null ? null : utc(wish.until),
      reason: wish.reason,
      by: actorOf(caller),
    })
    return done('extension asked for', caller, id, (found) => c.json({ ...found, until: asked }, 202))
  })

  api.openapi(extension, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    const wish = c.req.valid('json')
    await extend(db, { registrationId: id, until: utc(wish.until), reason: wish.reason, by: actorOf(caller) })
    return done('protection extended', caller, id, (found) => c.json(found, 202))
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

/** In the one form in which instants are compared. */
function utc(instant: string): string {
  return new Date(instant).toISOString()
}
