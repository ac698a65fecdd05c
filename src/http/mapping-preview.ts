/** A mapping tried on real records: what it would do otherwise than the one in force. Nothing is written. */
import { createRoute, z } from '@hono/zod-openapi'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, type Api } from './form.ts'
import { outcomes, previewMapping } from './preview.ts'
import { triedMappings } from './tried-mapping.ts'

const value = z.union([z.string(), z.number(), z.boolean(), z.array(z.string()), z.null()])
const text = z.string().nullable()

const failure = z.object({
  way: z.enum(['in', 'out']),
  code: z.string(),
  field: text,
  path: text,
  value: text,
})

const record = z.object({
  outcome: z.enum(outcomes),
  mended: z.boolean(),
  externalId: text,
  recordId: z.string(),
  kind: z.string(),
  isNew: z.enum(['to-us', 'to-vendor']).nullable(),
  fields: z.array(
    z.object({
      field: text,
      path: z.string(),
      theirs: value,
      ours: text,
      readInForce: text,
      readByDraft: text,
      writtenInForce: value.optional(),
      writtenByDraft: value.optional(),
      differs: z.boolean(),
    }),
  ),
  failures: z.array(failure),
})

const preview = z
  .object({
    connection: z.string(),
    object: z.string(),
    /** What was tried: the draft, a version, or the text that was given. */
    tried: z.string(),
    changes: z.array(z.object({ kind: z.string(), field: text, what: z.string(), words: z.string() })),
    counts: z.record(z.enum([...outcomes, 'mended']), z.number()),
    failures: z.array(
      failure.extend({
        records: z.number(),
        already: z.number(),
        example: z.object({ externalId: text, recordId: z.string() }),
      }),
    ),
    records: z.array(record),
    unread: z.array(z.object({ id: z.string(), code: text })),
    foreseen: z.boolean(),
  })
  .openapi('MappingPreview')

const route = createRoute({
  method: 'post',
  path: '/connections/{name}/mappings/{object}/preview',
  tags: ['mappings'],
  summary: 'Tries a mapping on real records beside the one in force; nothing is written, here or at the vendor',
  ...allow('admin'),
  request: {
    params: z.object({ name: z.string().max(63), object: z.string().max(127) }),
    body: body(
      z.strictObject({
        /** A document that is tried without being saved; without it and `version` the draft is tried. */
        source: z.string().max(200_000).optional(),
        version: z.int().min(1).optional(),
        /** Vendor ids or ours; none: a sample. */
        records: z.array(z.string().min(1).max(255)).max(50).default([]),
        sample: z.int().min(1).max(200).default(20),
      }),
    ),
  },
  responses: { 200: json(preview, 'What would become of the records'), ...refusals },
})

/** Reading the records takes as long as the vendor does. */
const DEADLINE_MS = 50_000

export function mappingPreviewRoutes(api: Api, deps: ApiDeps): void {
  api.openapi(route, async (c) => {
    const { name, object } = c.req.valid('param')
    const { source, version, records, sample } = c.req.valid('json')
    const { tried, mappings, system, connector } = await triedMappings(deps, name, object, { source, version })
    const signal = AbortSignal.timeout(DEADLINE_MS)
    const wish = { connector, system, object, tried: mappings, records, sample, signal }
    return c.json({ connection: name, object, tried, ...(await previewMapping(deps.db, wish)) }, 200)
  })
}
