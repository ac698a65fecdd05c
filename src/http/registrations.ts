/** Registrations: staff see all with the evidence; a partner sees, submits and withdraws its own through its own database role. */
import { createRoute, z } from '@hono/zod-openapi'
import { asPartner } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { submit } from '../process/submit.ts'
import { submitOnce } from '../process/wishes/submit-once.ts'
import { withdraw } from '../process/wishes/withdraw.ts'
import { listOwn, readOwn, readSelf } from '../reports/partner-view.ts'
import { listRegistrations, readRegistration } from '../reports/registrations.ts'
import { actorOf, allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'
import { registration, registrationDetail, registrationState, submission } from './registration-form.ts'

const tags = ['registrations']
const params = z.object({ id: uuid })

const list = createRoute({
  method: 'get',
  path: '/registrations',
  tags,
  summary: 'Lists registrations, the newest first',
  ...allow('admin', 'manager', 'partner'),
  request: {
    query: pageQuery.extend({
      state: registrationState.optional(),
      partnerId: uuid.optional(),
      company: z.string().min(1).max(200).optional(),
    }),
  },
  responses: { 200: json(page(registration), 'A page of registrations'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/registrations/{id}',
  tags,
  summary: 'Reads a registration with its timeline; staff see conflicts, tasks and notices besides',
  ...allow('admin', 'manager', 'partner'),
  request: { params },
  responses: { 200: json(registrationDetail, 'The registration'), ...refusals },
})

const create = createRoute({
  method: 'post',
  path: '/registrations',
  tags,
  summary: 'Submits a registration: a partner for itself, staff on behalf of a partner',
  ...allow('admin', 'manager', 'partner'),
  request: {
    body: body(submission),
    headers: z.object({
      'idempotency-key': z.string().min(8).max(200).optional().openapi({
        description: 'Sent again with the same key within a week, it answers what came of the first',
      }),
    }),
  },
  responses: { 201: json(z.object({ id: uuid }), 'Taken in; its process has started'), ...refusals },
})

const takeBack = createRoute({
  method: 'post',
  path: '/registrations/{id}/withdraw',
  tags,
  summary: 'Takes a registration back',
  ...allow('admin', 'manager', 'partner'),
  request: { params },
  responses: { 202: json(z.object({ id: uuid }), 'Its process withdraws it'), ...refusals },
})

export function registrationRoutes(api: Api, { db, kick, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const caller = c.get('caller')
    const { cursor, limit, ...filter } = c.req.valid('query')
    const window = { ...filter, limit, after: placeOf(cursor) }
    const rows =
      caller.role === 'partner'
        ? await asPartner(db, caller.partnerId, (tx) => listOwn(tx, window))
        : await listRegistrations(db, window)
    return c.json(
      pageOf<z.infer<typeof registration>>(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => c.json(await find(c.get('caller'), c.req.valid('param').id), 200))

  api.openapi(create, async (c) => {
    const caller = c.get('caller')
    const { partnerId, submittedBy, ...claim } = c.req.valid('json')
    const submitted = { ...claim, ...(await submitterOf(caller, partnerId, submittedBy)) }
    const key = c.req.valid('header')['idempotency-key']
    const id = key === undefined ? await submit(db, submitted) : await submitOnce(db, key, submitted)
    kick()
    log.info('registration submitted', { registrationId: id, keyId: caller.keyId })
    return c.json({ id }, 201)
  })

  api.openapi(takeBack, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    await find(caller, id)
    await withdraw(db, { registrationId: id, by: actorOf(caller) })
    kick()
    log.info('registration withdrawn', { registrationId: id, keyId: caller.keyId })
    return c.json({ id }, 202)
  })

  /** The registration as the caller may see it: another partner's does not exist. */
  async function find(caller: Caller, id: string): Promise<z.infer<typeof registrationDetail>> {
    const found =
      caller.role === 'partner'
        ? await asPartner(db, caller.partnerId, (tx) => readOwn(tx, id))
        : await readRegistration(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
    return found
  }

  /** A partner submits for itself, whatever the body says; staff name the partner and are kept beside the person at the partner. */
  async function submitterOf(caller: Caller, partnerId: string | undefined, submittedBy: string | undefined) {
    if (caller.role === 'partner') {
      if (partnerId !== undefined && partnerId !== caller.partnerId) {
        throw new CausewayError('CW_FORBIDDEN', 'A partner submits for itself only')
      }
      const self = await asPartner(db, caller.partnerId, (tx) => readSelf(tx, caller.partnerId))
      if (self === undefined) throw new CausewayError('CW_PARTNER_UNKNOWN', 'The key’s partner does not exist')
      return { partnerId: self.id, submittedBy: submittedBy ?? self.email ?? self.name ?? 'partner', onBehalfBy: null }
    }
    if (partnerId === undefined || submittedBy === undefined) {
      throw new CausewayError(
        'CW_REQUEST_INVALID',
        'On behalf of a partner, partnerId and submittedBy (the person at the partner) are needed',
        {
          fields: [partnerId === undefined ? 'partnerId' : '', submittedBy === undefined ? 'submittedBy' : ''].filter(
            Boolean,
          ),
        },
      )
    }
    return { partnerId, submittedBy, onBehalfBy: caller.label }
  }
}
