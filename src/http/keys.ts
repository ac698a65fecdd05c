/** API keys, for admins. A key is shown once, when it is made. */
import { createRoute, z } from '@hono/zod-openapi'
import { createKey, listKeys, revokeKey } from '../db/api-keys.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, refusals, uuid, type Api } from './form.ts'

const tags = ['keys']
const role = z.enum(['admin', 'manager', 'partner'])

const keyInfo = z
  .object({
    id: uuid,
    label: z.string(),
    role,
    partnerId: uuid.nullable(),
    partner: z.string().nullable(),
    email: z.string().nullable(),
    createdAt: z.string(),
    revokedAt: instant,
  })
  .openapi('Key')

const list = createRoute({
  method: 'get',
  path: '/keys',
  tags,
  summary: 'Lists keys; never the keys themselves',
  ...allow('admin'),
  responses: { 200: json(z.object({ items: z.array(keyInfo) }), 'All keys'), ...refusals },
})

const create = createRoute({
  method: 'post',
  path: '/keys',
  tags,
  summary: 'Makes a key and shows it this once',
  ...allow('admin'),
  request: {
    body: body(
      z.strictObject({
        label: z.string().trim().min(1).max(200).openapi({ description: 'Who uses it; shown in decisions' }),
        role,
        partnerId: uuid.nullable().default(null),
        email: z.email().nullable().default(null).openapi({ description: 'The person that the key stands for' }),
      }),
    ),
  },
  responses: { 201: json(z.object({ id: uuid, key: z.string() }), 'The key'), ...refusals },
})

const revoke = createRoute({
  method: 'delete',
  path: '/keys/{id}',
  tags,
  summary: 'Revokes a key at once',
  ...allow('admin'),
  request: { params: z.object({ id: uuid }) },
  responses: { 200: json(z.object({ id: uuid }), 'Revoked'), ...refusals },
})

export function keyRoutes(api: Api, { db, log }: ApiDeps): void {
  api.openapi(list, async (c) => c.json({ items: await listKeys(db) }, 200))

  api.openapi(create, async (c) => {
    const made = await createKey(db, c.req.valid('json'), `key:${c.get('caller').keyId}`)
    log.info('key created', { keyId: made.id, byKeyId: c.get('caller').keyId })
    return c.json(made, 201)
  })

  api.openapi(revoke, async (c) => {
    const { id } = c.req.valid('param')
    await revokeKey(db, id, `key:${c.get('caller').keyId}`)
    log.info('key revoked', { keyId: id, byKeyId: c.get('caller').keyId })
    return c.json({ id }, 200)
  })
}
