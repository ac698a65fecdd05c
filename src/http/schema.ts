/** Vendors' schemas: what changed in them, what that breaks, and the fields as they were last described. */
import { createRoute, z } from '@hono/zod-openapi'
import { CausewayError } from '../errors.ts'
import { knownSchema, listSchemaChanges } from '../reports/schema.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, type Api } from './form.ts'

const tags = ['schema']

const change = z
  .object({
    id: z.number(),
    connection: z.string(),
    object: z.string(),
    kind: z.string(),
    path: z.string(),
    value: z.string().nullable(),
    what: z.string(),
    /** Canonical fields whose mapping no longer fits; none where what breaks is no field's. */
    breaks: z.array(z.string()),
    foundAt: z.string(),
    mendedAt: instant,
    waiting: z.number(),
  })
  .openapi('SchemaChange')

const field = z
  .object({
    name: z.string(),
    label: z.string(),
    type: z.string(),
    required: z.boolean(),
    writable: z.boolean(),
    values: z.array(z.string()).nullable(),
    maxLength: z.number().nullish(),
    computed: z.boolean().optional(),
    unique: z.boolean().optional(),
    restricted: z.boolean().optional(),
    refersTo: z.array(z.string()).optional(),
  })
  .openapi('VendorField')

const list = createRoute({
  method: 'get',
  path: '/schema-changes',
  tags,
  summary: 'Lists changes of vendors’ schemas with the mapped fields that they break',
  ...allow('admin', 'manager'),
  request: {
    query: z.object({
      state: z.enum(['open', 'all']).default('open'),
      connection: z.string().max(63).optional(),
      object: z.string().max(127).optional(),
      limit: z.coerce.number().int().min(1).max(500).default(100),
    }),
  },
  responses: { 200: json(z.object({ items: z.array(change) }), 'The changes, the newest first'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: '/connections/{name}/objects/{object}/schema',
  tags,
  summary: 'Shows the vendor’s fields of an object as they were last described',
  ...allow('admin', 'manager'),
  request: { params: z.object({ name: z.string().max(63), object: z.string().max(127) }) },
  responses: {
    200: json(
      z.object({
        connection: z.string(),
        object: z.string(),
        readAt: instant,
        code: z.string().nullable(),
        fields: z.array(field),
      }),
      'The fields',
    ),
    ...refusals,
  },
})

export function schemaRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { state, ...filter } = c.req.valid('query')
    return c.json({ items: await listSchemaChanges(db, { ...filter, open: state === 'open' }) }, 200)
  })

  api.openapi(show, async (c) => {
    const { name, object } = c.req.valid('param')
    const found = await knownSchema(db, name, object)
    if (found === null)
      throw new CausewayError('CW_NOT_FOUND', `The schema of ${object} at ${name} was never read`, { name, object })
    return c.json({ connection: name, object, ...found }, 200)
  })
}
