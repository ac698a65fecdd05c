/** The policy: what is and was in force, as data and as a page; and what a draft of it would have ruled. */
import { createRoute, z } from '@hono/zod-openapi'
import { policyMarkdown } from '../domain/policy/page.ts'
import { audiences } from '../domain/policy/paragraphs.ts'
import { policySchema, type Policy } from '../domain/policy/policy.ts'
import { CausewayError } from '../errors.ts'
import { listPolicies, policyOf } from '../reports/policies.ts'
import { simulate } from '../reports/policy-simulation.ts'
import { allow } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, refusals, uuid, type Api } from './form.ts'
import { policyPage } from './pages/policy.ts'
import { sendPage } from './pages/layout.ts'

const tags = ['policy']
const edition = z
  .object({
    version: z.string(),
    since: z.string(),
    rulings: z.number().openapi({ description: 'Recorded rulings that cite it' }),
  })
  .openapi('PolicyVersion')
const ruled = z.object({ ruling: z.enum(['approve', 'decline', 'ask', 'merge']), rule: z.string() })
const simulation = z
  .object({
    version: z.string().openapi({ description: 'Of the draft' }),
    judged: z.number(),
    same: z.number(),
    otherRule: z.number().openapi({ description: 'The same ruling, by another rule' }),
    changes: z.array(z.object({ was: ruled.shape.ruling, would: ruled.shape.ruling, count: z.number() })),
    examples: z.array(
      z.object({
        registrationId: uuid,
        company: z.string().nullable(),
        partner: z.string().nullable(),
        at: z.string(),
        state: z.string(),
        was: ruled.extend({ policyVersion: z.string() }),
        would: ruled.extend({
          why: z.array(z.string()),
          because: z
            .object({ kind: z.string(), otherId: uuid, since: instant })
            .nullable()
            .openapi({ description: 'What would stand before it, and since when that is there' }),
        }),
      }),
    ),
  })
  .openapi('PolicySimulation')

const list = createRoute({
  method: 'get',
  path: '/policies',
  tags,
  summary: 'Lists the policies that were ever in force, the latest first',
  ...allow('admin', 'manager'),
  responses: { 200: json(z.object({ inForce: z.string(), items: z.array(edition) }), 'The versions'), ...refusals },
})

const show = createRoute({
  method: 'get',
  path: '/policies/{version}',
  tags,
  summary: 'Shows a policy as it was written',
  ...allow('admin', 'manager'),
  request: { params: z.object({ version: z.string().max(80) }) },
  responses: {
    200: json(edition.extend({ source: z.string().nullable(), document: z.unknown() }), 'The policy'),
    ...refusals,
  },
})

const read = createRoute({
  method: 'get',
  path: '/policy/page',
  tags,
  summary: 'The policy in force as a readable page; a partner reads what is for partners',
  ...allow('admin', 'manager', 'partner'),
  request: {
    query: z.object({
      audience: z.enum(audiences).default('partner'),
      form: z.enum(['html', 'markdown']).default('html'),
    }),
  },
  responses: {
    200: {
      description: 'The page',
      content: { 'text/html': { schema: z.string() }, 'text/markdown': { schema: z.string() } },
    },
    ...refusals,
  },
})

const simulated = createRoute({
  method: 'post',
  path: '/policies/simulate',
  tags,
  summary: 'Judges the recorded registrations by a draft, and says which rulings would change',
  ...allow('admin'),
  request: {
    body: body(
      z.object({
        document: z
          .record(z.string(), z.unknown())
          .openapi({ description: 'The draft, as it would stand under `policy:`' }),
        since: z.iso.datetime({ offset: true }).nullable().default(null),
        examplesEach: z.int().min(0).max(100).default(5),
      }),
    ),
  },
  responses: { 200: json(simulation, 'What would change'), ...refusals },
})

export function policyRoutes(api: Api, { db, programme }: ApiDeps): void {
  api.openapi(list, async (c) => c.json({ inForce: programme.policy.version, items: await listPolicies(db) }, 200))

  api.openapi(show, async (c) => {
    const { version } = c.req.valid('param')
    const found = await policyOf(db, version)
    if (found === undefined)
      throw new CausewayError('CW_NOT_FOUND', `No policy ${version} was ever in force`, { version })
    return c.json(found, 200)
  })

  api.openapi(read, async (c) => {
    const { audience, form } = c.req.valid('query')
    const found = await policyOf(db, programme.policy.version)
    const options = {
      audience: c.get('caller').role === 'partner' ? ('partner' as const) : audience,
      since: found?.since.slice(0, 10) ?? null,
    }
    if (form === 'html') return sendPage(c, policyPage(programme.policy, options))
    return c.body(policyMarkdown(programme.policy, options), 200, { 'content-type': 'text/markdown; charset=utf-8' })
  })

  api.openapi(simulated, async (c) => {
    const { document, since, examplesEach } = c.req.valid('json')
    const draft = draftOf(document)
    return c.json({ version: draft.version, ...(await simulate(db, draft, { since, examplesEach })) }, 200)
  })
}

function draftOf(document: unknown): Policy {
  const parsed = policySchema.safeParse(document)
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }))
  throw new CausewayError('CW_POLICY_INVALID', fields.map(({ field, message }) => `${field}: ${message}`).join('\n'), {
    fields,
  })
}
