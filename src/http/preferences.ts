/**
 * How a person wishes to be told, by the link of a mail. Opening it changes nothing, for mail programs and scanners open links; its form
 * does, and so does the one request by which a mail program ends mails of a kind (RFC 8058). The token is the credential and is in no log.
 */
import { sql } from 'drizzle-orm'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { contacts, partners } from '../db/schema/index.ts'
import { isTimeZone } from '../domain/digest.ts'
import { mailChoiceOf, mailChoices, withMail, type MailChoice } from '../domain/mail-choice.ts'
import { personalChannels, topicOf, type Audience, type PersonalChannel, type Preference } from '../domain/notice.ts'
import { CausewayError } from '../errors.ts'
import { catalogue, templateOf } from '../process/notices/catalogue.ts'
import { languageOf } from '../process/notices/languages/index.ts'
import { needOf } from '../process/notices/need.ts'
import { choiceFor, noPreference, preferencesOf } from '../process/notices/preferences.ts'
import { setPreference, topics } from '../process/notices/set-preference.ts'
import { plainSettings } from '../process/notices/settings.ts'
import { openLink } from '../process/signed-links.ts'
import type { ApiEnv } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { answerError, statusOf } from './errors.ts'
import { isOwnForm } from './own-form.ts'
import { sendPage } from './pages/layout.ts'
import {
  closedPreferences,
  preferencesPage,
  stopPage,
  stoppedPage,
  type ChosenForm,
  type Reader,
  type TopicChoice,
} from './pages/preferences.ts'

const FORM_LIMIT = 16 * 1024

const fields = z.looseObject({
  language: z.string().max(35).default(''),
  timeZone: z.string().trim().max(64).default(''),
  hour: z.coerce.number().int().min(0).max(23).optional(),
  weekday: z.coerce.number().int().min(1).max(7).optional(),
})

/** Whom a link is of, what they chose and what there is for them to choose. */
interface Visitor {
  linkId: string
  reader: Reader
  preference: Preference
  /** By which channels such people are told who chose none. */
  usual: PersonalChannel[]
  offered: { topic: string; open: MailChoice[] }[]
  base: string
}

export function preferenceRoutes({ db, programme, kick, log }: ApiDeps): Hono<ApiEnv> {
  const settings = () => programme.notices ?? plainSettings
  const app = new Hono<ApiEnv>()
  app.onError((error, c) => {
    if (!(error instanceof CausewayError) || statusOf(error.code) >= 500) return answerError(error, c, db, log, true)
    return sendPage(c, closedPreferences(nobody()), statusOf(error.code))
  })
  app.use(
    '/:token/*',
    bodyLimit({
      maxSize: FORM_LIMIT,
      onError: () => {
        throw new CausewayError('CW_REQUEST_TOO_LARGE', 'The form is too large')
      },
    }),
  )

  app.get('/:token', async (c) => {
    const visitor = await visitorOf(c)
    const isSaved = c.req.query('done') === 'saved'
    return sendPage(c, preferencesPage(visitor.reader, formOf(visitor), isSaved, false))
  })

  app.post('/:token', async (c) => {
    // Another site cannot know the token; a browser that says where the form came from is held to it all the same.
    if (!isOwnForm(c)) throw new CausewayError('CW_FORBIDDEN', 'The form was sent by another site')
    const visitor = await visitorOf(c)
    const sent = new URLSearchParams(await c.req.text())
    const given = fields.safeParse(Object.fromEntries(sent))
    if (!given.success) throw new CausewayError('CW_REQUEST_INVALID', 'The form is none of ours')
    const { language, timeZone, hour, weekday } = given.data
    const chosen = (topic: string) => mailChoices.find((one) => one === sent.get(`topic.${topic}`))
    if (timeZone !== '' && !isTimeZone(timeZone)) {
      const typed = formOf(visitor)
      const shown = typed.topics.map((one) => ({ ...one, chosen: chosen(one.topic) ?? one.chosen }))
      const form = {
        ...typed,
        topics: shown,
        language,
        timeZone,
        hour: String(hour ?? typed.hour),
        weekday: String(weekday ?? typed.weekday),
      }
      return sendPage(c, preferencesPage(visitor.reader, form, false, true), 422)
    }
    const { preference, usual, offered } = visitor
    const wished: Preference = {
      ...preference,
      language: language === '' ? null : language,
      timeZone: timeZone === '' ? null : timeZone,
      hour: hour ?? preference.hour,
      weekday: weekday ?? preference.weekday,
    }
    for (const { topic, open } of offered) {
      const wish = chosen(topic)
      if (wish === undefined || !open.includes(wish) || wish === mailChoiceOf(choiceFor(preference, topic), usual))
        continue
      wished.choices = { ...wished.choices, [topic]: withMail(choiceFor(preference, topic), wish, usual) }
    }
    await setPreference(db, visitor.reader.address, wished, `link:${visitor.linkId}`, programme)
    kick()
    return c.redirect(`${visitor.base}?done=saved`, 303)
  })

  app.get('/:token/off/:topics', async (c) => {
    const visitor = await visitorOf(c)
    return sendPage(c, stopPage(visitor.reader, endedBy(c, visitor), visitor.base))
  })

  /** A mail program sends this for its user, from wherever it is: the address alone says that it may. */
  app.post('/:token/off/:topics', async (c) => {
    const visitor = await visitorOf(c)
    const { preference, usual, reader, base } = visitor
    const ended = endedBy(c, visitor)
    const choices = { ...preference.choices }
    for (const topic of ended) choices[topic] = withMail(choiceFor(preference, topic), 'off', usual)
    await setPreference(db, reader.address, { ...preference, choices }, `link:${visitor.linkId}`, programme)
    kick()
    return sendPage(c, stoppedPage(reader, ended, base))
  })

  app.all('*', () => {
    throw new CausewayError('CW_NOT_FOUND', 'There is no such page')
  })
  return app

  async function visitorOf(c: Context<ApiEnv>): Promise<Visitor> {
    const token = c.req.param('token') ?? ''
    const { id: linkId, address } = await openLink(db, token, 'preferences')
    const preference = (await preferencesOf(db, [address])).get(address.toLowerCase()) ?? noPreference
    const isPartner = await isOfPartner(address)
    const { people, languages, language } = settings()
    const tag = preference.language ?? language
    return {
      linkId,
      reader: { ...languageOf(tag, languages), language: tag, address },
      preference,
      usual: personalChannels.filter((channel) => people[isPartner ? 'partner' : 'manager'].includes(channel)),
      offered: offeredTo(isPartner ? ['partner'] : ['manager', 'rep', 'director']),
      base: `/preferences/${token}`,
    }
  }

  /** Topics of which something is theirs to choose. */
  function offeredTo(told: readonly Audience[]): Visitor['offered'] {
    return topics.flatMap((topic) => {
      const needs = Object.keys(catalogue)
        .filter((name) => topicOf(name) === topic && told.some((one) => templateOf(name)?.texts[one] !== undefined))
        .map((name) => needOf(name, programme.policy))
      const isDispensable = needs.some((need) => need.isDispensable)
      if (!isDispensable && !needs.some(({ mayWait }) => mayWait)) return []
      return [{ topic, open: mailChoices.filter((one) => one !== 'off' || isDispensable) }]
    })
  }

  async function isOfPartner(address: string): Promise<boolean> {
    const { rows } = await db.execute<{ theirs: boolean }>(sql`
      select exists (select from ${contacts} where lower(email) = lower(${address}))
        or exists (select from ${partners} where lower(email) = lower(${address})) as theirs`)
    return rows[0]?.theirs === true
  }

  function formOf({ preference, usual, offered }: Visitor): ChosenForm {
    const { languages, language, timeZone } = settings()
    return {
      topics: offered.map(({ topic, open }): TopicChoice => {
        const chosen = mailChoiceOf(choiceFor(preference, topic), usual)
        // What cannot be switched off comes, whatever was chosen before.
        return { topic, open, chosen: open.includes(chosen) ? chosen : 'immediate' }
      }),
      language: preference.language ?? '',
      timeZone: preference.timeZone ?? '',
      hour: String(preference.hour),
      weekday: String(preference.weekday),
      languages: [...languages.keys()],
      usual: { language, timeZone },
    }
  }

  function nobody(): Omit<Reader, 'address'> {
    const { languages, language } = settings()
    return { ...languageOf(language, languages), language }
  }
}

/** The topics of the address that can be switched off. */
function endedBy(c: Context<ApiEnv>, { offered }: Visitor): string[] {
  const named = (c.req.param('topics') ?? '').split('+')
  const ended = offered.flatMap(({ topic, open }) => (named.includes(topic) && open.includes('off') ? [topic] : []))
  if (ended.length === 0) throw new CausewayError('CW_NOT_FOUND', 'There are no such mails')
  return ended
}
