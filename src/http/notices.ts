/** Notices: what people were told and by what, how it would look, and how each person wishes to be told. */
import { createRoute, z } from '@hono/zod-openapi'
import { recordAudit } from '../db/audit.ts'
import { isTimeZone } from '../domain/digest.ts'
import { audiences, channels, personalChannels, rhythms, topicOf } from '../domain/notice.ts'
import { CausewayError } from '../errors.ts'
import { catalogue } from '../process/notices/catalogue.ts'
import { isTag } from '../process/notices/languages/index.ts'
import { noPreference, preferencesOf } from '../process/notices/preferences.ts'
import { preview } from '../process/notices/preview.ts'
import { setPreference } from '../process/notices/set-preference.ts'
import { retryNotices } from '../process/parked-notices.ts'
import { listNotices, noticeRoutes, noticeStatuses } from '../reports/notices.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, page, pageOf, pageQuery, placeOf, refusals, uuid, type Api } from './form.ts'

const tags = ['notices']
const audience = z.enum(audiences)
const channel = z.enum(channels)
const language = z.string().refine(isTag, 'is no language; expected a tag such as de or en-GB')
const timeZone = z.string().refine(isTimeZone, 'is no time zone; expected a name such as Europe/Berlin')

/** What a registration and the list show of each. */
export const noticeSummary = z.object({
  id: uuid,
  template: z.string(),
  audience,
  channel,
  recipient: z.string(),
  status: z.enum(noticeStatuses),
  code: z.string().nullable(),
  rhythm: z.enum(['daily', 'weekly']).nullable(),
  attempt: z.number(),
  plannedAt: z.string(),
  dueAt: z.string(),
  sentAt: instant,
})

const notice = noticeSummary
  .extend({
    subjectId: uuid,
    eventId: uuid,
    digestId: uuid
      .nullable()
      .openapi({ description: 'The message that collected it; else its own id is that of the message' }),
    reference: z.string().nullable().openapi({ description: 'The channel’s own id of what was sent' }),
    company: z.string().nullable(),
  })
  .openapi('Notice')

const choice = z.strictObject({
  channels: z.array(z.enum(personalChannels)).optional(),
  rhythm: z.enum(rhythms).optional(),
})

const preference = z
  .strictObject({
    language: language.nullable().default(null),
    timeZone: timeZone.nullable().default(null),
    hour: z.int().min(0).max(23).default(noPreference.hour),
    weekday: z.int().min(1).max(7).default(noPreference.weekday),
    choices: z.record(z.string(), choice).default({}),
  })
  .openapi('NoticePreference')

const shown = z.object({ type: z.string(), body: z.string() })
const previewed = z
  .object({
    template: z.string(),
    audience,
    language: z.string(),
    subject: z.string(),
    text: z.string(),
    shown: shown.nullable(),
  })
  .openapi('NoticePreview')

const list = createRoute({
  method: 'get',
  path: '/notices',
  tags,
  summary: 'Lists what people were told or are to be told, the newest first',
  ...allow('admin', 'manager'),
  request: {
    query: pageQuery.extend({
      registrationId: uuid.optional(),
      status: z.enum(noticeStatuses).optional(),
      channel: channel.optional(),
      recipient: z.string().max(320).optional(),
    }),
  },
  responses: { 200: json(page(notice), 'A page of notices'), ...refusals },
})

const retry = createRoute({
  method: 'post',
  path: '/notices/{id}/retry',
  tags,
  summary: 'Sends a parked notice again, under the same id',
  ...allow('admin', 'manager'),
  request: { params: z.object({ id: uuid }) },
  responses: { 202: json(z.object({ count: z.number() }), 'It is planned again'), ...refusals },
})

const routes = createRoute({
  method: 'get',
  path: '/notice-routes',
  tags,
  summary: 'Says of each way to people how many notices wait or are parked, and whether it is left alone',
  ...allow('admin', 'manager'),
  responses: {
    200: json(
      z.object({
        items: z.array(
          z.object({
            route: z.string(),
            waiting: z.number(),
            parked: z.number(),
            failures: z.number(),
            code: z.string().nullable(),
            openUntil: instant,
          }),
        ),
      }),
      'The routes',
    ),
    ...refusals,
  },
})

const templates = createRoute({
  method: 'get',
  path: '/notice-templates',
  tags,
  summary: 'Lists the templates, their topics and for whom they are written',
  ...allow('admin', 'manager'),
  responses: {
    200: json(
      z.object({
        items: z.array(
          z.object({ template: z.string(), topic: z.string(), always: z.boolean(), audiences: z.array(audience) }),
        ),
      }),
      'The templates',
    ),
    ...refusals,
  },
})

const look = createRoute({
  method: 'get',
  path: '/notice-templates/{template}/preview',
  tags,
  summary: 'Shows how a notice looks, on a registration or on made-up facts',
  ...allow('admin', 'manager'),
  request: {
    params: z.object({ template: z.string().max(100) }),
    query: z.object({
      audience: audience.optional(),
      language: language.optional(),
      timeZone: timeZone.optional(),
      registrationId: uuid.optional(),
      channel: channel.optional(),
    }),
  },
  responses: { 200: json(previewed, 'The notice'), ...refusals },
})

const address = z.object({ address: z.email() })

const readWish = createRoute({
  method: 'get',
  path: '/notice-preferences/{address}',
  tags,
  summary: 'Says how a person wishes to be told',
  ...allow('admin', 'manager'),
  request: { params: address },
  responses: { 200: json(preference, 'The preference; where nothing was chosen, the defaults'), ...refusals },
})

const writeWish = createRoute({
  method: 'post',
  path: '/notice-preferences/{address}',
  tags,
  summary: 'Keeps how a person wishes to be told, as a whole; what waits for their digest follows',
  ...allow('admin', 'manager'),
  request: { params: address, body: body(preference) },
  responses: { 200: json(preference, 'The preference'), ...refusals },
})

const clearWish = createRoute({
  method: 'delete',
  path: '/notice-preferences/{address}',
  tags,
  summary: 'Forgets how a person wishes to be told: all is as configured',
  ...allow('admin', 'manager'),
  request: { params: address },
  responses: { 200: json(preference, 'The defaults'), ...refusals },
})

export function noticeApi(api: Api, { db, programme, kick, channels: open = {} }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { cursor, limit, ...filter } = c.req.valid('query')
    const rows = await listNotices(db, { ...filter, limit, after: placeOf(cursor) })
    return c.json(
      pageOf(rows, limit, ({ plannedAt, id }) => ({ at: plannedAt, id })),
      200,
    )
  })

  api.openapi(retry, async (c) => {
    const { id } = c.req.valid('param')
    const { keyId } = staff(c.get('caller'))
    const count = await db.transaction(async (tx) => {
      const done = await retryNotices(tx, id)
      if (done > 0)
        await recordAudit(tx, [
          {
            what: 'parked.retried',
            actor: `key:${keyId}`,
            connection: null,
            object: null,
            detail: { id: `notice-${id}` },
          },
        ])
      return done
    })
    if (count === 0) throw new CausewayError('CW_NOT_FOUND', `No notice ${id} is parked`, { id })
    kick()
    return c.json({ count }, 202)
  })

  api.openapi(routes, async (c) => c.json({ items: await noticeRoutes(db) }, 200))

  api.openapi(templates, (c) => {
    const items = Object.entries(catalogue).map(([template, { texts, ...more }]) => ({
      template,
      topic: topicOf(template),
      always: 'always' in more,
      audiences: audiences.filter((one) => Object.hasOwn(texts, one)),
    }))
    return c.json({ items }, 200)
  })

  api.openapi(look, async (c) => {
    const { template } = c.req.valid('param')
    return c.json(await preview(db, { template, ...c.req.valid('query') }, open, programme.notices), 200)
  })

  api.openapi(readWish, async (c) => c.json(await wishOf(c.req.valid('param').address), 200))

  api.openapi(writeWish, async (c) => {
    const wish = c.req.valid('json')
    const { keyId } = staff(c.get('caller'))
    await setPreference(db, c.req.valid('param').address, wish, `key:${keyId}`, programme)
    kick()
    return c.json(wish, 200)
  })

  api.openapi(clearWish, async (c) => {
    const { keyId } = staff(c.get('caller'))
    await setPreference(db, c.req.valid('param').address, null, `key:${keyId}`, programme)
    kick()
    return c.json(noPreference, 200)
  })

  async function wishOf(person: string) {
    const found = (await preferencesOf(db, [person])).get(person.toLowerCase()) ?? noPreference
    const { language: tag, timeZone: zone, hour, weekday, choices } = found
    return { language: tag, timeZone: zone, hour, weekday, choices }
  }
}
