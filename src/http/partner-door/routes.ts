/**
 * What a partner does by a link where its portal cannot: see its registrations, submit, answer, attach, change, ask for longer, withdraw.
 *
 * The link's token stands in the address of every page and form: who does not have it can make no browser send such a form. It is
 * written into no log, and no page passes its address on. Everything is read as the partner's database role.
 */
import { randomBytes } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { attach } from '../../attachments/attach.ts'
import { asPartner, databaseNow } from '../../db/connection.ts'
import { isOpen } from '../../domain/registration-states.ts'
import { CausewayError } from '../../errors.ts'
import { answerInfo } from '../../process/wishes/answer-info.ts'
import { edit } from '../../process/wishes/edit.ts'
import { requestExtension } from '../../process/wishes/extension.ts'
import { submitOnce } from '../../process/wishes/submit-once.ts'
import { withdraw } from '../../process/wishes/withdraw.ts'
import { readAttachment } from '../../reports/attachments.ts'
import type { Door } from '../../reports/partner-door.ts'
import { listOwn } from '../../reports/partner-view.ts'
import { sendFile } from '../attachments.ts'
import type { ApiDeps } from '../deps.ts'
import { answerError, statusOf } from '../errors.ts'
import { sendPage } from '../pages/layout.ts'
import { readClaim, typedOf, type Typed } from './claim-form.ts'
import { editPage, listPage, newPage, withdrawPage } from './pages.ts'
import { actorOf, codeOf, done, entrance, isId, own, refuse, typedIn, type C, type DoorEnv } from './entrance.ts'
import { registrationPage, type Refused } from './registration-page.ts'
import { withFile } from './upload.ts'
import { doneWords, type Done } from './words.ts'

const FORM_LIMIT = 64 * 1024
const LISTED = 100

export function partnerDoorRoutes(deps: ApiDeps): Hono<DoorEnv> {
  const { db, files, partnerDoor, programme, kick, log } = deps
  const door = new Hono<DoorEnv>()
  door.onError((error, c) => refuse(c, error) ?? answerError(error, c, db, log, true))

  door.use('/:token/*', entrance(deps))
  const small = bodyLimit({ maxSize: FORM_LIMIT, onError: () => tooLarge() })

  door.get('/:token', async (c) => {
    const { partnerId, registrationId } = c.get('link')
    if (registrationId !== null) return c.redirect(`${c.get('setting').base}/registrations/${registrationId}`, 303)
    const rows = await asPartner(db, partnerId, (tx) => listOwn(tx, { limit: LISTED, after: null }))
    return sendPage(c, listPage(c.get('setting'), rows.slice(0, LISTED), rows.length > LISTED))
  })

  door.get('/:token/new', (c) => {
    mayAdd(c)
    return sendPage(c, newPage(c.get('setting'), randomBytes(16).toString('base64url'), {}, {}, null))
  })

  door.post('/:token/new', small, async (c) => {
    mayAdd(c)
    const typed = await typedIn(c)
    const once = typed['once'] ?? ''
    const again = (wrong: Typed, why: string | null) =>
      sendPage(c, newPage(c.get('setting'), once, typed, wrong, why), 422)
    if (!/^[\w-]{16,64}$/.test(once)) return again({}, 'This form is damaged. Open it anew and submit it once more.')
    const read = readClaim(typed)
    if (!read.ok) return again(read.wrong, 'Something is not right yet; see below.')
    const { partnerId, address } = c.get('link')
    try {
      const submission = { ...read.claim, partnerId, submittedBy: address, onBehalfBy: null }
      const id = await submitOnce(db, once, submission)
      kick()
      log.info('registration submitted', { registrationId: id, linkId: c.get('link').id })
      const isPast = read.claim.closeDate !== null && read.claim.closeDate < (await databaseNow(db)).slice(0, 10)
      return done(c, id, isPast ? 'submitted-past' : 'submitted')
    } catch (error) {
      const field = fieldOf(error)
      if (field === null) throw error
      return again({ [field.name]: field.message }, 'Something is not right yet; see below.')
    }
  })

  door.get('/:token/registrations/:id', async (c) => {
    const found = await own(db, c)
    return sendPage(c, registrationPage(c.get('setting'), found, doneWords(c.req.query('done')), null))
  })

  door.post('/:token/registrations/:id/answer', small, async (c) => {
    const typed = await typedIn(c)
    return tried(c, 'answer', typed, 'answered', async ({ registration: { id } }) => {
      await answerInfo(db, { registrationId: id, answer: typed['answer'] ?? '', by: actorOf(c) })
    })
  })

  door.post('/:token/registrations/:id/extension', small, async (c) => {
    const typed = await typedIn(c)
    return tried(c, 'extension', typed, 'asked', async ({ registration: { id } }) => {
      const reason = (typed['reason'] ?? '').trim()
      if (reason === '')
        throw new CausewayError('CW_REQUEST_INVALID', 'Please say why you need longer.', { field: 'reason' })
      if (reason.length > 2000)
        throw new CausewayError('CW_REQUEST_INVALID', 'Please use at most 2000 letters.', { field: 'reason' })
      await requestExtension(db, programme.policy, { registrationId: id, until: null, reason, by: actorOf(c) })
    })
  })

  door.post('/:token/registrations/:id/files', (c) =>
    tried(c, 'files', {}, 'attached', async ({ registration: { id } }) => {
      const rules = partnerDoor.attachments
      const actor = codeOf(c)
      const made = await withFile(c.req.raw, rules.maxSize, ({ name, content }) =>
        attach(db, files, rules, { registrationId: id, name, content, actor }),
      )
      log.info('file attached', {
        registrationId: id,
        attachmentId: made.id,
        size: made.size,
        linkId: c.get('link').id,
      })
    }),
  )

  door.get('/:token/registrations/:id/files/:file', async (c) => {
    const { registration } = await own(db, c)
    const file = c.req.param('file')
    const found = isId(file)
      ? await asPartner(db, c.get('link').partnerId, (tx) => readAttachment(tx, registration.id, file))
      : undefined
    return sendFile(c, files, found)
  })

  door.get('/:token/registrations/:id/edit', async (c) => {
    const { registration } = await own(db, c)
    mayEdit(registration)
    return sendPage(
      c,
      editPage(c.get('setting'), registration.id, typedOf(registration), {}, aboutEdit(registration, null)),
    )
  })

  door.post('/:token/registrations/:id/edit', small, async (c) => {
    const { registration } = await own(db, c)
    mayEdit(registration)
    const typed = await typedIn(c)
    const again = (wrong: Typed) =>
      sendPage(
        c,
        editPage(
          c.get('setting'),
          registration.id,
          typed,
          wrong,
          aboutEdit(registration, 'Something is not right yet; see below.'),
        ),
        422,
      )
    const read = readClaim(typed)
    if (!read.ok) return again(read.wrong)
    const { country: _, dealType: __, ...values } = read.claim
    try {
      const { applied, proposed } = await edit(db, programme, {
        registrationId: registration.id,
        values,
        actor: codeOf(c),
      })
      kick()
      log.info('registration edited', { registrationId: registration.id, linkId: c.get('link').id })
      const screened = applied.some((field) => programme.policy.edits.screenAgain.includes(field))
      if (proposed.length > 0) return done(c, registration.id, 'proposed')
      if (applied.length === 0) return done(c, registration.id, 'unchanged')
      return done(c, registration.id, screened && registration.state !== 'approved' ? 'rescreened' : 'edited')
    } catch (error) {
      const field = fieldOf(error)
      if (field === null) throw error
      return again({ [field.name]: field.message })
    }
  })

  door.get('/:token/registrations/:id/withdraw', async (c) => {
    const { registration } = await own(db, c)
    return sendPage(c, withdrawPage(c.get('setting'), registration.id, registration.company))
  })

  door.post('/:token/registrations/:id/withdraw', small, (c) =>
    tried(c, 'withdraw', {}, 'withdrawn', ({ registration: { id } }) =>
      withdraw(db, { registrationId: id, by: actorOf(c) }),
    ),
  )

  door.all('*', () => {
    throw new CausewayError('CW_NOT_FOUND', 'There is no such page')
  })
  return door

  /** Does what a form of the registration's page asks, and shows the page with what was typed where it is refused. */
  async function tried(
    c: C,
    form: Refused['form'],
    typed: Typed,
    said: Done,
    act: (found: Door) => Promise<void>,
  ): Promise<Response> {
    const found = await own(db, c)
    try {
      await act(found)
    } catch (error) {
      if (!(error instanceof CausewayError) || statusOf(error.code) >= 500) throw error
      const refused: Refused = { form, why: whyNot(error), typed }
      const status = error.code === 'CW_REQUEST_INVALID' ? 422 : statusOf(error.code)
      return sendPage(c, registrationPage(c.get('setting'), await own(db, c), null, refused), status)
    }
    kick()
    return done(c, found.registration.id, said)
  }

  function aboutEdit({ state }: Door['registration'], why: string | null) {
    return { why, locked: state === 'approved' ? programme.policy.edits.lockedAfterApproval : [] }
  }
}

function mayAdd(c: C): void {
  if (!c.get('setting').mayAdd) throw new CausewayError('CW_NOT_FOUND', 'The link opens one registration')
}

function mayEdit({ state, withdrawnAt }: Door['registration']): void {
  if (!isOpen(state) || withdrawnAt !== null)
    throw new CausewayError('CW_TRANSITION_ILLEGAL', `A registration that is ${state} is not changed any more.`, {
      state,
    })
}

function fieldOf(error: unknown): { name: string; message: string } | null {
  if (!(error instanceof CausewayError) || error.code !== 'CW_FIELD_INVALID') return null
  const name = error.detail['field']
  return typeof name === 'string' ? { name, message: error.message } : null
}

/** A refusal for a person; what the process says of its steps is for programs. */
function whyNot(error: CausewayError): string {
  return error.code === 'CW_TRANSITION_ILLEGAL'
    ? 'This is not possible any more, or not yet: see the state above.'
    : `${error.message}.`.replace(/\.\.$/, '.')
}

function tooLarge(): never {
  throw new CausewayError('CW_REQUEST_TOO_LARGE', 'The form is too large', { limit: FORM_LIMIT })
}
