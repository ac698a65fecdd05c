/** Files of a registration: staff and its own partner send and fetch them. What is fetched is saved, and shown by no browser. */
import { createRoute, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { attach, detach, type Attachment } from '../attachments/attach.ts'
import type { FileStore } from '../attachments/file-store.ts'
import { asPartner, type Db } from '../db/connection.ts'
import { CausewayError } from '../errors.ts'
import { attachmentsOf, readAttachment } from '../reports/attachments.ts'
import { allow, type Caller } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { json, refusals, uuid, type Api } from './form.ts'

const tags = ['registrations']
const params = z.object({ id: uuid })
const one = z.object({ id: uuid, attachmentId: uuid })

export const attachment = z
  .object({
    id: uuid,
    name: z.string(),
    mediaType: z.string().openapi({ description: 'By its content' }),
    size: z.number(),
    sha256: z.string(),
    createdAt: z.string(),
  })
  .openapi('Attachment')

const list = createRoute({
  method: 'get',
  path: '/registrations/{id}/attachments',
  tags,
  summary: 'Lists the files of a registration, the oldest first',
  ...allow('admin', 'manager', 'partner'),
  request: { params },
  responses: { 200: json(z.object({ items: z.array(attachment) }), 'Its files'), ...refusals },
})

const add = createRoute({
  method: 'post',
  path: '/registrations/{id}/attachments',
  tags,
  summary: 'Attaches a file: the body is its content; type and size are judged, and the same file is kept once',
  ...allow('admin', 'manager', 'partner'),
  request: {
    params,
    query: z.object({ name: z.string().min(1).max(1000).openapi({ example: 'offer.pdf' }) }),
    body: { content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } } },
  },
  responses: { 201: json(attachment, 'Kept'), ...refusals },
})

const fetchOne = createRoute({
  method: 'get',
  path: '/registrations/{id}/attachments/{attachmentId}',
  tags,
  summary: 'Fetches the content of a file',
  ...allow('admin', 'manager', 'partner'),
  request: { params: one },
  responses: {
    200: {
      description: 'The content',
      content: { 'application/octet-stream': { schema: z.string().openapi({ format: 'binary' }) } },
    },
    ...refusals,
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/registrations/{id}/attachments/{attachmentId}',
  tags,
  summary: 'Removes a file with its content; the timeline keeps that it was there',
  ...allow('admin', 'manager'),
  request: { params: one },
  responses: { 200: json(z.object({ id: uuid }), 'Removed'), ...refusals },
})

export function attachmentRoutes(api: Api, { db, files, partnerDoor, log }: ApiDeps): void {
  api.openapi(list, async (c) => {
    const { id } = c.req.valid('param')
    const items = await seenBy(db, c.get('caller'), (tx) => attachmentsOf(tx, id))
    if (items === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
    return c.json({ items: items.map(shown) }, 200)
  })

  api.openapi(add, async (c) => {
    const { id } = c.req.valid('param')
    const caller = c.get('caller')
    if ((await seenBy(db, caller, (tx) => attachmentsOf(tx, id))) === undefined)
      throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
    const made = await attach(db, files, partnerDoor.attachments, {
      registrationId: id,
      name: c.req.valid('query').name,
      content: c.req.raw.body ?? new Blob([]).stream(),
      actor: `key:${caller.keyId}`,
    })
    log.info('file attached', { registrationId: id, attachmentId: made.id, size: made.size, keyId: caller.keyId })
    return c.json(shown(made), 201)
  })

  api.openapi(fetchOne, async (c) => {
    const { id, attachmentId } = c.req.valid('param')
    const found = await seenBy(db, c.get('caller'), (tx) => readAttachment(tx, id, attachmentId))
    return sendFile(c, files, found)
  })

  api.openapi(remove, async (c) => {
    const { id, attachmentId } = c.req.valid('param')
    const { keyId } = c.get('caller')
    await detach(db, files, { registrationId: id, attachmentId, actor: `key:${keyId}` })
    log.info('file removed', { registrationId: id, attachmentId, keyId })
    return c.json({ id: attachmentId }, 200)
  })
}

/** Reads as the caller: for a partner the database shows what is that partner's. */
function seenBy<T>(db: Db, caller: Caller, read: (tx: Parameters<typeof attachmentsOf>[0]) => Promise<T>): Promise<T> {
  return caller.role === 'partner' ? asPartner(db, caller.partnerId, read) : read(db)
}

function shown({ id, name, mediaType, size, sha256, createdAt }: Attachment): z.infer<typeof attachment> {
  return { id, name, mediaType, size, sha256, createdAt }
}

/** Answers a file so that every browser saves it and none runs it. */
export async function sendFile(c: Context, files: FileStore, found: Attachment | undefined): Promise<Response> {
  const content = found === undefined ? null : await files.open(found.id)
  if (found === undefined || content === null) throw new CausewayError('CW_NOT_FOUND', 'There is no such file')
  return c.body(content, 200, {
    'content-type': found.mediaType,
    'content-length': String(found.size),
    'content-disposition': disposition(found.name),
    'content-security-policy': "default-src 'none'; sandbox",
    'x-content-type-options': 'nosniff',
  })
}

/** RFC 6266: a plain name for old programs, and the whole one. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, '_')
  const whole = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`
}
