/** Who stands in for whom. A key that stands for a person gives away that person's decisions and no others; an admin's gives away any. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { delegate, endDelegation, listDelegations } from '../process/delegations.ts'
import { allow, staff, type Staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, refusals, uuid, type Api } from './form.ts'

const tags = ['tasks']

const delegation = z
  .object({
    id: uuid,
    address: z.string().openapi({ description: 'Whose decisions they are' }),
    toAddress: z.string().openapi({ description: 'Who decides in their place' }),
    fromAt: z.string(),
    untilAt: instant,
  })
  .openapi('Delegation')

const list = createRoute({
  method: 'get',
  path: '/delegations',
  tags,
  summary: 'Lists who stands in for whom, also from a later day on',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ items: z.array(delegation) }), 'All that did not end'), ...refusals },
})

const moment = z.iso
  .datetime({ offset: true })
  .transform((text) => new Date(text).toISOString())
  .nullable()
  .default(null)

const create = createRoute({
  method: 'post',
  path: '/delegations',
  tags,
  summary: 'Lets somebody stand in for a person: new tasks and reminders go to them, and they decide',
  ...allow('admin', 'manager'),
  request: {
    body: body(z.strictObject({ address: z.email(), to: z.email(), from: moment, until: moment })),
  },
  responses: { 201: json(delegation, 'The delegation'), ...refusals },
})

const end = createRoute({
  method: 'delete',
  path: '/delegations/{id}',
  tags,
  summary: 'Ends a delegation at once',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(z.object({ id: uuid }), 'Ended'), ...refusals },
})

export function delegationRoutes(api: Api, { db, kick }: ApiDeps): void {
  api.openapi(list, async (c) => c.json({ items: await listDelegations(db) }, 200))

  api.openapi(create, async (c) => {
    const caller = staff(c.get('caller'))
    const wished = c.req.valid('json')
    assertOwn(caller, wished.address)
    const made = await delegate(db, wished, `key:${caller.keyId}`)
    kick()
    return c.json(made, 201)
  })

  api.openapi(end, async (c) => {
    const caller = staff(c.get('caller'))
    const { id } = c.req.valid('param')
    const found = (await listDelegations(db)).find((one) => one.id === id)
    if (found !== undefined) assertOwn(caller, found.address)
    await endDelegation(db, id, `key:${caller.keyId}`)
    return c.json({ id }, 200)
  })
}

function assertOwn({ role, email }: Staff, address: string): void {
  if (role === 'admin' || email === null || email.toLowerCase() === address.toLowerCase()) return
  throw new CausewayError('CW_FORBIDDEN', 'A person gives away their own decisions; for others it takes an admin')
}
