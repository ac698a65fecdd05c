/** The message of planned notices, made from the rows as they are when it goes out. */
import type { About, Message, Part } from '../../../connectors/channels/contract.ts'
import type { Db } from '../../db/connection.ts'
import type { notices } from '../../db/schema/index.ts'
import { topicOf, type Facts } from '../../domain/notice.ts'
import { factsOfAudit } from '../audit-facts.ts'
import { factsOfDeactivation } from '../deactivation-facts.ts'
import { factsOfSourceList } from '../source-digest.ts'
import { factsOf } from './facts.ts'
import { languageOf } from './languages/index.ts'
import { noPreference, preferencesOf } from './preferences.ts'
import { readerOf, render, visibleTo } from './render.ts'
import { plainSettings, type NoticeSettings } from './settings.ts'
import { patternOf } from './text.ts'
import type { Locale } from './written.ts'

export type Notice = typeof notices.$inferSelect

/** By topic, where a notice is about something else than a registration. Null: there is nothing to tell any more. */
const gatherers: Record<string, (db: Db, notice: Notice) => Promise<Facts | null>> = {
  deals: factsOfSourceList,
  audit: factsOfAudit,
  contact: factsOfDeactivation,
}

/** What one notice says; `moot`: nothing any more; `unknown`: no text of this release. */
export interface Told {
  message: Message
  about: About
}

export async function messageOf(
  db: Db,
  settings: NoticeSettings = plainSettings,
  notice: Notice,
): Promise<Told | 'moot' | 'unknown'> {
  const facts = await (gatherers[topicOf(notice.template)] ?? factsOf)(db, notice)
  if (facts === null) return 'moot'
  const { template, audience, subjectId, eventId, plannedAt: at } = notice
  const message = render(template, audience, facts, await localeOf(db, settings, notice), settings)
  if (message === null) return 'unknown'
  const seen = visibleTo(readerOf(template, audience) ?? audience, facts)
  return { message, about: { template, audience, subjectId, eventId, facts: seen, at } }
}

/** A person reads in their own language and time zone, a place in its own. */
async function localeOf(
  db: Db,
  settings: NoticeSettings,
  { channel, recipient }: Pick<Notice, 'channel' | 'recipient'>,
): Promise<Locale> {
  const place = settings.places.find((one) => one.channel === channel && one.name === recipient)
  if (place !== undefined) return place
  const chosen = (await preferencesOf(db, [recipient])).get(recipient.toLowerCase()) ?? noPreference
  return { language: chosen.language ?? settings.language, timeZone: chosen.timeZone ?? settings.timeZone }
}

/** Several notices as one message: each under its own heading. */
export function bundled(
  told: readonly Told[],
  rhythm: 'daily' | 'weekly',
  { languages }: NoticeSettings = plainSettings,
): Message | null {
  const [first] = told
  if (first === undefined) return null
  // Told by one person's preferences; a text that only exists in English does not change the language of the whole.
  const { language, direction } = told.find(({ message }) => message.language !== 'en')?.message ?? first.message
  return {
    subject: String(
      patternOf(languageOf(language, languages).words.digest[rhythm], language).format({ count: told.length }),
    ),
    parts: told.flatMap(({ message }): Part[] => [{ kind: 'heading', text: message.subject }, ...message.parts]),
    footer: null,
    language,
    direction,
  }
}
