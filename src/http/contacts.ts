/** People at partners: who they are, where they are known, and what happens when one leaves. */
import { createRoute, z } from '@hono/zod-openapi'
import { asPartner } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { leave } from '../process/contacts.ts'
import { listContacts, readContact } from '../reports/contacts.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import {
  body,
  customFields,
  instant,
  json,
  page,
  pageOf,
  pageQuery,
  placeOf,
  refusals,
  uuid,
  type Api,
} from './form.ts'

const tags = ['contacts']
const params = z.object({ id: uuid })
const text = z.string().nullable()
const state = z.enum(['invited', 'active', 'left'])

const contact = z
  .object({
    id: uuid,
    partnerId: uuid.nullable(),
    name: text,
    email: text,
    phone: text,
    title: text,
    role: text,
    state: state.nullable(),
    leftAt: instant,
    successorId: uuid.nullable(),
    createdAt: z.string(),
  })
  .openapi('Contact')

const detail = contact
  .extend({
    custom: customFields,
    partner: text,
    systems: z.array(z.object({ connection: z.string(), externalId: text, gone: z.boolean() })),
    open: z.object({ leads: z.number(), registrations: z.number() }),
  })
  .openapi('ContactDetail')

const list = createRoute({
  method: 'get',
  path: '/contacts',
  tags,
  summary: 'Lists people at partners, the newest first; a partner sees its own',
  ...allow('admin', 'manager', 'partner'),
  request: {
    query: pageQuery.extend({
      partnerId: uuid.optional(),
      state: state.optional(),
      name: z.string().min(1).max(200).optional(),
    }),
  },
  responses: { 200: json(page(contact), 'A page of people'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/contacts/{id}',
  tags,
  summary: 'Reads a person at a partner with their systems and open work',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(detail, 'The person'), ...refusals },
})

const leaves = createRoute({
  method: 'post',
  path: '/contacts/{id}/leave',
  tags,
  summary: 'A person has left: deactivates them everywhere and hands their open work to a colleague',
  ...allow('admin', 'manager'),
  request: { params, body: body(z.strictObject({ successorId: uuid.nullable().default(null) })) },
  responses: {
    200: json(z.object({ leads: z.number(), registrations: z.number() }), 'What was handed over'),
    ...refusals,
  },
})

export function contactRoutes(api: Api, { db, kick }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const wish = { ...filter, limit, after: placeOf(cursor) }
    const caller = c.get('caller')
    const rows =
      caller.role === 'partner'
        ? await asPartner(db, caller.partnerId, (tx) => listContacts(tx, wish))
        : await db.transaction((tx) => listContacts(tx, wish))
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => {
    const { id } = c.req.valid('param')
    const found = await db.transaction((tx) => readContact(tx, id))
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no contact ${id}`, { id })
    return c.json(found, 200)
  })

  api.openapi(leaves, async (c) => {
    const { keyId } = staff(c.get('caller'))
    const moved = await leave(db, {
      contactId: c.req.valid('param').id,
      successorId: c.req.valid('json').successorId,
      actor: `key:${keyId}`,
    })
    kick()
    return c.json(moved, 200)
  })
}
