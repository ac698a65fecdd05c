/** Whether a connection is written to: what its go-live would do, saying go, and observing it again. */
import { createRoute, z } from '@hono/zod-openapi'
import { ConnectorError, type FieldSchema } from '../../connectors/contract.ts'
import { modeOf } from '../db/connections.ts'
import { CausewayError } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import { differencesOf, outcomes } from '../write/differences.ts'
import { goLive, observe } from '../write/go-live.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { json, refusals, type Api } from './form.ts'

const tags = ['connections']
const params = z.object({ name: z.string().max(63) })
const mode = z.enum(['observe', 'live'])
const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])

const difference = z
  .object({
    outcome: z.enum(outcomes),
    linkId: z.string(),
    recordId: z.string(),
    kind: z.string(),
    externalId: z.string().nullable(),
    fields: z.array(z.object({ field: z.string(), theirs: value, ours: value })),
    code: z.string().nullable(),
    /** The vendor's fields that the code is about. */
    because: z.array(z.string()),
  })
  .openapi('Difference')

const differences = z
  .object({
    connection: z.string(),
    mode,
    /** Whether the vendor's description of its fields was at hand, by which refusals are foreseen. */
    foreseen: z.boolean(),
    objects: z.array(
      z.object({
        object: z.string(),
        counts: z.record(z.enum(outcomes), z.number()),
        fields: z.record(z.string(), z.number()),
        codes: z.record(z.string(), z.number()),
        examples: z.array(difference),
      }),
    ),
  })
  .openapi('Differences')

const show = createRoute({
  method: 'get',
  path: '/connections/{name}/differences',
  tags,
  summary: 'Counts what the go-live of a connection would do, with examples; nothing is done',
  ...allow('admin', 'manager'),
  request: {
    params,
    query: z.object({
      object: z.string().max(127).optional(),
      records: z.coerce.number().int().min(0).max(5000).default(20),
    }),
  },
  responses: { 200: json(differences, 'The differences'), ...refusals },
})

const switched = z.object({ mode, changed: z.boolean(), runId: z.string().nullable() })

const go = createRoute({
  method: 'post',
  path: '/connections/{name}/go-live',
  tags,
  summary: 'Lets a connection be written to; harmless when it is already',
  ...allow('admin'),
  request: { params },
  responses: { 202: json(switched, 'It is live'), ...refusals },
})

const rest = createRoute({
  method: 'post',
  path: '/connections/{name}/observe',
  tags,
  summary: 'Stops writing to a connection; it is read and compared as before',
  ...allow('admin'),
  request: { params },
  responses: { 202: json(switched, 'It is observed'), ...refusals },
})

/** How long a vendor may take to describe one object. */
const DESCRIBE_MS = 10_000

export function goLiveRoutes(api: Api, { db, programme, connectors, connections, kick, log }: ApiDeps): void {
  api.openapi(show, async (c) => {
    const { name } = known(c.req.valid('param').name)
    const { object, records } = c.req.valid('query')
    const system = programme.systems.get(name)
    if (system === undefined) throw new CausewayError('CW_NOT_FOUND', `${name} has no mapping`, { name })
    if (object !== undefined && !system.mappings.some((mapping) => mapping.object === object))
      throw new CausewayError('CW_NOT_FOUND', `${name} keeps no object ${object}`, { name, object })
    const schemas = await describe(system, object)
    const objects = await differencesOf(db, system, { object, records, ...(schemas === null ? {} : { schemas }) })
    return c.json({ connection: name, mode: await modeOf(db, name), foreseen: schemas !== null, objects }, 200)
  })

  api.openapi(go, async (c) => {
    const { name } = known(c.req.valid('param').name)
    const { keyId } = staff(c.get('caller'))
    const done = await goLive(db, name, `key:${keyId}`)
    kick()
    log.info('connection is live', { connection: name, ...done, keyId })
    return c.json(done, 202)
  })

  api.openapi(rest, async (c) => {
    const { name } = known(c.req.valid('param').name)
    const { keyId } = staff(c.get('caller'))
    const done = await observe(db, name, `key:${keyId}`)
    log.info('connection is observed', { connection: name, ...done, keyId })
    return c.json(done, 202)
  })

  function known(name: string): { name: string } {
    if (connections.has(name)) return { name }
    throw new CausewayError('CW_NOT_FOUND', `There is no connection named ${name}`, { name })
  }

  /** What the vendor says of its fields, or null when it does not answer: the report is made all the same. */
  async function describe(system: System, only: string | undefined): Promise<Map<string, FieldSchema[]> | null> {
    const connector = connectors.get(system.name)
    if (connector === undefined) return null
    const schemas = new Map<string, FieldSchema[]>()
    try {
      for (const { object } of system.mappings) {
        if (schemas.has(object) || (only !== undefined && object !== only)) continue
        const ctx = { signal: AbortSignal.timeout(DESCRIBE_MS), priority: 'user' as const }
        schemas.set(object, await connector.describe(object, ctx))
      }
      return schemas
    } catch (error) {
      if (error instanceof ConnectorError) return null
      throw error
    }
  }
}
