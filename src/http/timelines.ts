/** The timeline of a registration: as data for programs, and as a document for people. A partner sees its own and what is its to know. */
import { createRoute, z } from '@hono/zod-openapi'
import { asPartner, databaseNow } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { documentOf } from '../reports/timeline/document.ts'
import { entryKinds, type Timeline } from '../reports/timeline/entry.ts'
import { markdownOf } from '../reports/timeline/markdown.ts'
import { readOwnTimeline } from '../reports/timeline/own.ts'
import { partnerOfRegistration, readTimeline } from '../reports/timeline/read.ts'
import { titleOf } from '../reports/timeline/words.ts'
import { allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { instant, json, refusals, uuid, type Api } from './form.ts'
import { sendPage } from './pages/layout.ts'
import { timelinePage } from './pages/timeline.ts'

const tags = ['registrations']
const params = z.object({ id: uuid })
const text = z.string().nullable()

const entry = z
  .object({
    at: z.string(),
    kind: z.enum(entryKinds),
    id: z.string().openapi({ description: 'Of the row that proves it' }),
    under: text.openapi({ description: 'The event that brought it about' }),
    what: z.string(),
    title: z.string().openapi({ description: 'The same in plain language' }),
    who: text,
    rule: text,
    policyVersion: text,
    reason: text,
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .openapi('TimelineEntry')

const timeline = z
  .object({
    registration: z.object({
      id: uuid,
      state: z.string(),
      company: text,
      domain: text,
      contactName: text,
      contactEmail: text,
      amount: text,
      currency: text,
      closeDate: text,
      products: text,
      partner: text,
      portal: text,
      submittedBy: text,
      onBehalfBy: text,
      submittedAt: instant,
      createdAt: z.string(),
      decideBy: instant,
      protectedFrom: instant,
      protectedUntil: instant,
      reason: text,
      policyVersion: text,
    }),
    entries: z.array(entry),
    unchangedReadings: z.number().openapi({ description: 'Readings that said what was known already' }),
  })
  .openapi('Timeline')

const view = z.enum(['staff', 'partner']).optional().openapi({
  description: 'Staff may ask for what the partner sees; a partner always does',
})

const read = createRoute({
  method: 'get',
  path: '/registrations/{id}/timeline',
  tags,
  summary: 'Everything that happened to a registration, the oldest first: each with who, by which rule and why',
  ...allow('admin', 'manager', 'partner'),
  request: { params, query: z.object({ view }) },
  responses: { 200: json(timeline, 'The timeline'), ...refusals },
})

const document = createRoute({
  method: 'get',
  path: '/registrations/{id}/timeline/document',
  tags,
  summary: 'The same as one readable document',
  ...allow('admin', 'manager', 'partner'),
  request: {
    params,
    query: z.object({
      view,
      form: z.enum(['html', 'markdown']).default('html'),
      timeZone: z.string().max(60).default('UTC').openapi({ example: 'Europe/Berlin' }),
    }),
  },
  responses: {
    200: {
      description: 'The document',
      content: { 'text/html': { schema: z.string() }, 'text/markdown': { schema: z.string() } },
    },
    ...refusals,
  },
})

export function timelineRoutes(api: Api, { db }: ApiDeps): void {
  api.openapi(read, async (c) => {
    const found = await find(c.get('caller'), c.req.valid('param').id, c.req.valid('query').view)
    return c.json({ ...found, entries: found.entries.map((one) => ({ ...one, title: titleOf(one) })) }, 200)
  })

  api.openapi(document, async (c) => {
    const { form, timeZone, view: as } = c.req.valid('query')
    const found = await find(c.get('caller'), c.req.valid('param').id, as)
    const whole = documentOf(found, timeZone, await databaseNow(db))
    if (form === 'html') return sendPage(c, timelinePage(whole))
    return c.body(markdownOf(whole), 200, { 'content-type': 'text/markdown; charset=utf-8' })
  })

  async function find(caller: Caller, id: string, as: 'staff' | 'partner' | undefined): Promise<Timeline> {
    const found =
      caller.role === 'partner'
        ? await asPartner(db, caller.partnerId, (tx) => readOwnTimeline(tx, id))
        : as === 'partner'
          ? await asItsPartner(id)
          : await readTimeline(db, id)
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
    return found
  }

  /** What the registration's partner sees, for staff who wonder. */
  async function asItsPartner(id: string): Promise<Timeline | undefined> {
    const partnerId = await partnerOfRegistration(db, id)
    return partnerId === null ? undefined : asPartner(db, partnerId, (tx) => readOwnTimeline(tx, id))
  }
}
