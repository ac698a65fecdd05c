/** Links by which people at a partner open their pages: issued, listed and revoked by staff. A link is shown once, when it is made. */
import { createRoute, z } from '@hono/zod-openapi'
import { and, eq, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import { contacts, registrations } from '../db/schema/index.ts'
import { parseDuration } from '../domain/time.ts'
import { CausewayError } from '../errors.ts'
import { issueLink, revokeLinks } from '../process/signed-links.ts'
import { partnerLinks } from '../reports/partner-links.ts'
import { readPartner } from '../reports/partners.ts'
import { allow, staff } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { body, instant, json, refusals, uuid, type Api } from './form.ts'

const tags = ['partners']
const params = z.object({ id: uuid })

const link = z
  .object({
    id: uuid,
    address: z.string(),
    registrationId: uuid.nullable().openapi({ description: 'The one that it opens; null: all of the partner’s' }),
    createdAt: z.string(),
    expiresAt: z.string(),
    revokedAt: instant,
  })
  .openapi('PartnerLink')

const list = createRoute({
  method: 'get',
  path: '/partners/{id}/links',
  tags,
  summary: 'Lists the links of a partner, the newest first; never the links themselves',
  ...allow('admin', 'manager'),
  request: { params },
  responses: { 200: json(z.object({ items: z.array(link) }), 'Its links'), ...refusals },
})

const issue = createRoute({
  method: 'post',
  path: '/partners/{id}/links',
  tags,
  summary: 'Makes a link by which a person at the partner opens their pages, and shows it this once',
  ...allow('admin', 'manager'),
  request: {
    params,
    body: body(
      z.strictObject({
        address: z.email().max(320).openapi({ description: 'Whose link it is: what is done by it is done by them' }),
        registrationId: uuid.nullable().default(null),
        validFor: z.string().max(20).optional().openapi({ example: '14d' }),
      }),
    ),
  },
  responses: { 201: json(z.object({ id: uuid, url: z.string() }), 'The link'), ...refusals },
})

const revoke = createRoute({
  method: 'delete',
  path: '/partners/{id}/links',
  tags,
  summary: 'Revokes every link of a partner, or one of them, at once',
  ...allow('admin', 'manager'),
  request: { params, query: z.object({ link: uuid.optional() }) },
  responses: { 200: json(z.object({ revoked: z.number() }), 'How many held until now'), ...refusals },
})

export function partnerLinkRoutes(api: Api, { db, partnerDoor, publicUrl, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    await assertPartner(id)
    return c.json({ items: await partnerLinks(db, id) }, 200)
  })

  api.openapi(issue, async (c) => {
    const { id: partnerId } = c.req.valid('param')
    const { address, registrationId, validFor } = c.req.valid('json')
    const { keyId } = staff(c.get('caller'))
    await assertPartner(partnerId)
    if (registrationId !== null) await assertItsOwn(partnerId, registrationId)
    const validMs = validFor === undefined ? partnerDoor.linkFor : durationOf(validFor)
    const [contact] = await db
      .select({ id: contacts.id })
      .from(contacts)
      .where(and(eq(contacts.partnerId, partnerId), sql`lower(${contacts.email}) = lower(${address})`))
    const made = await db.transaction(async (tx) => {
      const contactId = contact?.id ?? null
      const issued = await issueLink(tx, { purpose: 'partner', partnerId, address, contactId, registrationId }, validMs)
      const detail = { linkId: issued.id, validMs }
      await recordAudit(tx, [{ what: 'partner.link.issued', actor: `key:${keyId}`, recordId: partnerId, detail }])
      return issued
    })
    log.info('partner link issued', { linkId: made.id, partnerId, keyId })
    return c.json({ id: made.id, url: `${publicUrl}/partner/${made.token}` }, 201)
  })

  api.openapi(revoke, async (c) => {
    const { id: partnerId } = c.req.valid('param')
    const { link: linkId } = c.req.valid('query')
    const { keyId } = staff(c.get('caller'))
    await assertPartner(partnerId)
    if (linkId !== undefined && !(await partnerLinks(db, partnerId)).some(({ id }) => id === linkId))
      throw new CausewayError('CW_NOT_FOUND', 'The partner has no such link')
    const revoked = await db.transaction(async (tx) => {
      const count = await revokeLinks(tx, linkId === undefined ? { partnerId } : { linkId })
      const detail = { links: count, linkId: linkId ?? null }
      await recordAudit(tx, [{ what: 'partner.link.revoked', actor: `key:${keyId}`, recordId: partnerId, detail }])
      return count
    })
    log.info('partner links revoked', { partnerId, revoked, keyId })
    return c.json({ revoked }, 200)
  })

  async function assertPartner(id: string): Promise<void> {
    if ((await readPartner(db, id)) === undefined)
      throw new CausewayError('CW_NOT_FOUND', `There is no partner ${id}`, { id })
  }

  async function assertItsOwn(partnerId: string, registrationId: string): Promise<void> {
    const [found] = await db
      .select({ id: registrations.id })
      .from(registrations)
      .where(and(eq(registrations.id, registrationId), eq(registrations.partnerId, partnerId)))
    if (found === undefined) throw new CausewayError('CW_NOT_FOUND', 'The partner has no such registration')
  }
}

function durationOf(text: string): number {
  const ms = parseDuration(text)
  if (ms !== null && ms > 0) return ms
  throw new CausewayError('CW_REQUEST_INVALID', `validFor: expected a duration such as 14d, found "${text}"`, {
    field: 'validFor',
  })
}
