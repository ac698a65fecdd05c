/** All mappings of the installation as one: what is in force, and what a reviewed set of documents would change; put in force whole. */
import { createRoute, z } from '@hono/zod-openapi'
import { ConnectorError, type FieldSchema } from '../../connectors/contract.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { CausewayError } from '../errors.ts'
import { placeName, promoteMappings, publishedOf } from '../intake/promote-mappings.ts'
import type { Finding } from '../mapping/finding.ts'
import { judgeDocuments, type Given, type Judged } from '../promotion/judge.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, json, refusals, type Api } from './form.ts'
import { assertEditable } from './managed.ts'

const tags = ['mappings']
const text = z.string().nullable()
const place = { connection: z.string().min(1).max(63), object: z.string().min(1).max(127) }

const show = createRoute({
  method: 'get',
  path: '/config/mappings',
  tags,
  summary:
    'The published mappings of all connections, as they were written; what is absent follows its vendor’s default',
  ...allow('admin'),
  responses: {
    200: json(
      z.object({ items: z.array(z.object({ ...place, version: z.number(), source: text })) }),
      'What is in force; without a source it puts the default back',
    ),
    ...refusals,
  },
})

const judged = z
  .object({
    ...place,
    what: z.enum(['same', 'new', 'changed', 'back']),
    changes: z.array(z.string()),
    findings: z.array(
      z.object({
        severity: z.enum(['error', 'warning']),
        code: z.string(),
        line: z.number().nullable(),
        field: text,
        path: text,
        reason: z.string(),
        proposal: text,
      }),
    ),
    /** The version that was published; null: nothing was. */
    version: z.number().nullable(),
  })
  .openapi('JudgedMapping')

const apply = createRoute({
  method: 'post',
  path: '/config/mappings',
  tags,
  summary: 'Puts a whole set of mapping documents in force, all or none; a dry run only tells what would change',
  ...allow('admin'),
  request: {
    body: body(
      z.strictObject({
        documents: z.array(z.strictObject({ ...place, source: z.string().max(200_000) })).max(200),
        /** The versions that the caller saw in force. Another one by now is a conflict. */
        expected: z.array(z.strictObject({ ...place, version: z.int() })).default([]),
        dryRun: z.boolean().default(false),
        /** Also where the checks found errors. */
        despite: z.boolean().default(false),
      }),
    ),
  },
  responses: { 200: json(z.object({ items: z.array(judged) }), 'Each document, and what became of it'), ...refusals },
})

/** How long a vendor may take to describe one object. */
const DESCRIBE_MS = 10_000

export function configMappingRoutes(api: Api, deps: ApiDeps): void {
  const { db, programme, log } = deps
  api.openapi(show, async (c) => {
    const items = await publishedOf(db, programme.systems)
    return c.json(
      { items: items.map(({ isDefault, ...one }) => ({ ...one, source: isDefault ? null : one.source })) },
      200,
    )
  })

  api.openapi(apply, async (c) => {
    const { documents, expected, dryRun, despite } = c.req.valid('json')
    if (!dryRun) assertEditable(deps)
    for (const system of programme.systems.values()) await mappingsInForce(db, system)
    const { schemas, unread } = await describeAll(deps, documents)
    const inForce = await publishedOf(db, programme.systems)
    const found = judgeDocuments(programme.systems, documents, inForce, schemas).map((one) => ({
      ...one,
      findings: [...one.findings, ...(unread.get(placeName(one)) ?? [])],
    }))
    const seen = new Map(expected.map((one) => [placeName(one), one.version]))
    if (dryRun) return c.json({ items: found.map((one) => answerOf(one, null)) }, 200)
    refuseErrors(found, despite)
    const wanted = found.flatMap((one) =>
      one.wanted === null ? [] : [{ ...one.wanted, expected: seen.get(placeName(one)) ?? null }],
    )
    const { keyId, label } = staff(c.get('caller'))
    const versions = await promoteMappings(db, programme.systems, wanted, {
      author: { actor: `key:${keyId}`, label },
      note: 'Applied from a reviewed directory',
      lists: (name) => deps.connectors.get(name)?.list !== undefined,
    })
    deps.kick()
    log.info('mappings put in force', { keyId, published: versions.size })
    return c.json({ items: found.map((one) => answerOf(one, versions.get(placeName(one)) ?? null)) }, 200)
  })
}

function answerOf(
  { connection, object, what, changes, findings }: Judged,
  version: number | null,
): z.infer<typeof judged> {
  return { connection, object, what, changes, findings, version }
}

/** Documents that cannot be understood are refused whatever is said; findings of the checks unless a person says so. */
function refuseErrors(found: readonly Judged[], despite: boolean): void {
  // What is in force already is no part of it.
  const touched = found.filter(({ what }) => what !== 'same')
  const wrong = touched.flatMap((one) =>
    one.findings
      .filter(({ severity }) => severity === 'error' && (!despite || one.wanted === null))
      .map((finding) => ({ ...finding, connection: one.connection, object: one.object })),
  )
  if (wrong.length === 0) return
  const lines = wrong.map(
    ({ connection, object, line, code, reason }) => `${connection}.${object}:${line ?? '-'} ${code} ${reason}`,
  )
  throw new CausewayError('CW_MAPPING_REFUSED', `Nothing was put in force:\n${lines.join('\n')}`, { findings: wrong })
}

/** What each vendor says of the objects; of one that does not answer the document alone is checked. */
async function describeAll(
  { connectors, programme }: ApiDeps,
  documents: readonly Given[],
): Promise<{ schemas: Map<string, FieldSchema[]>; unread: Map<string, Finding[]> }> {
  const schemas = new Map<string, FieldSchema[]>()
  const unread = new Map<string, Finding[]>()
  for (const { connection, object } of documents) {
    const connector = connectors.get(connection)
    const isThere = programme.systems.get(connection)?.capabilities.some((one) => one.object === object) === true
    if (connector === undefined || !isThere) continue
    const name = placeName({ connection, object })
    try {
      const ctx = { signal: AbortSignal.timeout(DESCRIBE_MS), priority: 'user' as const }
      schemas.set(name, await connector.describe(object, ctx))
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error
      const { code, message } = error.fault
      const proposal = 'Check it again when the vendor answers.'
      unread.set(name, [
        { severity: 'warning', code, line: null, field: null, path: null, reason: `not checked: ${message}`, proposal },
      ])
    }
  }
  return { schemas, unread }
}
