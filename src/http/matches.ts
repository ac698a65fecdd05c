/** Proposals of who may be who: what a person accepts or rejects, with both records side by side. */
import { createRoute, z } from '@hono/zod-openapi'
import { acceptMatch, rejectMatch } from '../apply/decide-match.ts'
import { CausewayError } from '../errors.ts'
import { listMatches, readMatch } from '../reports/matches.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'
import { recordFacts } from './record-facts.ts'

const tags = ['matches']
const params = z.object({ id: uuid })
const state = z.enum(['open', 'accepted', 'rejected', 'overtaken'])

const match = z
  .object({
    id: uuid,
    connection: z.string(),
    object: z.string(),
    externalId: z.string(),
    kind: z.string(),
    state,
    recordId: uuid.openapi({ description: 'The record that stands for the vendor’s' }),
    name: z.string().nullable(),
    candidates: z.array(
      z.object({
        recordId: uuid,
        name: z.string().nullable(),
        score: z.number(),
        why: z.array(z.string()).openapi({ description: 'What matched' }),
        reasons: z.array(z.string()).openapi({ description: 'The same in words' }),
        isRejected: z.boolean(),
      }),
    ),
    chosen: uuid.nullable(),
    decidedBy: z.string().nullable(),
    decidedAt: instant,
    createdAt: z.string(),
  })
  .openapi('Match')

const matchDetail = match
  .extend({
    record: recordFacts.nullable(),
    vendor: z.record(z.string(), z.unknown()).nullable().openapi({ description: 'As the vendor last returned it' }),
    others: z.array(recordFacts).openapi({ description: 'The candidates' }),
  })
  .openapi('MatchDetail')

const list = createRoute({
  method: 'get',
  path: '/matches',
  tags,
  summary: 'Lists vendor records that may be records we know, the newest first',
  ...allow('admin', 'manager'),
  request: { query: pageQuery.extend({ state: state.optional(), connection: z.string().max(63).optional() }) },
  responses: { 200: json(page(match), 'A page of proposals'), ...refusals },
})

const read = createRoute({
  method: 'get',
  path: '/matches/{id}',
  tags,
  summary: 'Reads a proposal with the facts of all records side by side',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(matchDetail, 'The proposal'), ...refusals },
})

const accept = createRoute({
  method: 'post',
  path: '/matches/{id}/accept',
  tags,
  summary: 'The vendor record is this candidate; the second decider gets 409 with who was first and when',
  ...allow('admin', 'manager'),
  request: {
    params,
    body: body(
      z.strictObject({
        recordId: uuid.optional().openapi({ description: 'May be left out where there is one candidate' }),
      }),
    ),
  },
  responses: { 200: json(matchDetail, 'The accepted proposal'), ...refusals },
})

const reject = createRoute({
  method: 'post',
  path: '/matches/{id}/reject',
  tags,
  summary: 'The vendor record is none of the candidates',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(matchDetail, 'The rejected proposal'), ...refusals },
})

export function matchRoutes(api: Api, deps: ApiDeps): void {
  const { db, kick, log } = deps
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listMatches(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id })),
      200,
    )
  })

  api.openapi(read, async (c) => c.json(await find(c.req.valid('param').id), 200))

  api.openapi(accept, async (c) => {
    const { id } = c.req.valid('param')
    const { label, keyId } = staff(c.get('caller'))
    const by = { actor: `key:${keyId}`, label }
    await acceptMatch(db, deps.programme.systems, { id, recordId: c.req.valid('json').recordId, by })
    kick()
    log.info('match accepted', { matchId: id, keyId })
    return c.json(await find(id), 200)
  })

  api.openapi(reject, async (c) => {
    const { id } = c.req.valid('param')
    const { label, keyId } = staff(c.get('caller'))
    await rejectMatch(db, { id, by: { actor: `key:${keyId}`, label } })
    kick()
    log.info('match rejected', { matchId: id, keyId })
    return c.json(await find(id), 200)
  })

  async function find(id: string) {
    const found = await readMatch(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no proposal ${id}`, { id })
    return found
  }
}
