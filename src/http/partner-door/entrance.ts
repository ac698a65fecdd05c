/** The way in: a link in force, what its pages know, and the registration that an address names. */
import type { Context } from 'hono'
import { asPartner, type Db } from '../../db/connection.ts'
import type { Actor } from '../../domain/task-kinds.ts'
import { CausewayError } from '../../errors.ts'
import { assertStillThere } from '../../process/partner-access.ts'
import { openLink, type SignedLink } from '../../process/signed-links.ts'
import { readDoor, type Door } from '../../reports/partner-door.ts'
import { readSelf } from '../../reports/partner-view.ts'
import type { ApiEnv } from '../auth.ts'
import type { ApiDeps } from '../deps.ts'
import { statusOf } from '../errors.ts'
import { isOwnForm } from '../own-form.ts'
import { paceOf } from '../pace.ts'
import { sendPage } from '../pages/layout.ts'
import type { Typed } from './claim-form.ts'
import { closedPage, type Setting } from './pages.ts'
import { clockFor } from './time.ts'
import type { Done } from './words.ts'

export interface DoorEnv {
  Variables: ApiEnv['Variables'] & { link: SignedLink & { partnerId: string }; setting: Setting }
}

export type C = Context<DoorEnv>

/** Lets only a link in force pass, and only forms that came from a page of ours or from no page at all. */
export function entrance({ db, nowMs, programme, partnerDoor: { attachments, perMinute } }: ApiDeps) {
  const pace = paceOf(perMinute, nowMs)
  return async (c: C, next: () => Promise<void>): Promise<void> => {
    const token = c.req.param('token') ?? ''
    const link = await openLink(db, token, 'partner')
    const { partnerId } = link
    if (partnerId === null) throw new CausewayError('CW_LINK_UNKNOWN', 'No such link was issued')
    await assertStillThere(db, link)
    if (c.req.method !== 'GET') {
      if (!isOwnForm(c)) throw new CausewayError('CW_FORBIDDEN', 'The form was sent by another site')
      const waitMs = pace(link.id)
      if (waitMs > 0) {
        c.header('retry-after', String(Math.ceil(waitMs / 1000)))
        throw new CausewayError('CW_REQUEST_TOO_OFTEN', 'Much was sent by this link in a short time', { waitMs })
      }
    }
    const self = await asPartner(db, partnerId, (tx) => readSelf(tx, partnerId))
    c.set('link', { ...link, partnerId })
    c.set('setting', {
      base: `/partner/${token}`,
      partner: self?.name ?? 'your company',
      until: link.expiresAt,
      mayAdd: link.registrationId === null,
      time: await clockFor(db, link.address, programme.notices?.timeZone),
      limits: attachments,
    })
    await next()
  }
}

/** The registration of the address, if it is the partner's and the link opens it. Another's does not exist. */
export async function own(db: Db, c: C): Promise<Door> {
  const id = c.req.param('id') ?? ''
  const { partnerId, registrationId } = c.get('link')
  const found =
    isId(id) && (registrationId === null || registrationId === id)
      ? await asPartner(db, partnerId, (tx) => readDoor(tx, id))
      : undefined
  if (found === undefined) throw new CausewayError('CW_NOT_FOUND', 'There is no such registration')
  return found
}

/** A refusal as a page; null for what failed on our side. */
export function refuse(c: C, error: unknown): Promise<Response> | null {
  if (!(error instanceof CausewayError) || statusOf(error.code) >= 500) return null
  const [title, text] = CLOSED[error.code] ?? ['This cannot be done', error.message]
  return sendPage(c, closedPage(title, text), statusOf(error.code))
}

/** What a person reads who opens a link in vain. */
const CLOSED: Partial<Record<CausewayError['code'], readonly [string, string]>> = {
  CW_LINK_UNKNOWN: [
    'This link is not known',
    'Open the whole address from our message. If it still fails, ask your contact with us for a new link.',
  ],
  CW_LINK_EXPIRED: [
    'This link has expired',
    'Ask your contact with us for a new link, or open the one in our latest message.',
  ],
  CW_LINK_REVOKED: ['This link was revoked', 'Ask your contact with us for a new link.'],
  CW_LINK_USED: ['This link was used already', 'Ask your contact with us for a new link.'],
  CW_REQUEST_TOO_OFTEN: [
    'Too much was sent in a short time',
    'Nothing of this was taken. Wait a minute, go back, and send it again.',
  ],
  CW_FORBIDDEN: ['This was not taken', 'The form came from another site. Open the link from our message.'],
  CW_NOT_FOUND: ['There is nothing here', 'The page is not there, or it is none of yours.'],
}

export function done(c: C, id: string, what: Done): Response {
  return c.redirect(`${c.get('setting').base}/registrations/${id}?done=${what}`, 303)
}

/** Texts of a form; a field that is sent twice counts once. */
export async function typedIn(c: C): Promise<Typed> {
  const fields = await c.req.parseBody()
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]) =>
      // A browser ends lines its own way, and PostgreSQL holds no U+0000.
      typeof value === 'string' ? [[name, value.replaceAll('\r\n', '\n').replaceAll('\u0000', '')]] : [],
    ),
  )
}

export function actorOf(c: C): Actor {
  const { address } = c.get('link')
  return { label: address, email: address, door: 'mail' }
}

export function codeOf(c: C): string {
  return `link:${c.get('link').id}`
}

export function isId(text: string): boolean {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)
}
