/** The page on which a person chooses how they are told, in their own language. */
import { html } from 'hono/html'
import type { Direction } from '../../domain/direction.ts'
import { mailChoices, type MailChoice } from '../../domain/mail-choice.ts'
import type { Words } from '../../process/notices/languages/language.ts'
import { patternOf } from '../../process/notices/text.ts'
import { page, type Html } from './layout.ts'

export interface Reader {
  language: string
  direction: Direction
  words: Words
  address: string
}

export interface TopicChoice {
  topic: string
  chosen: MailChoice
  /** Those that there are for this topic. */
  open: readonly MailChoice[]
}

/** As it is chosen, or as it was typed. */
export interface ChosenForm {
  topics: readonly TopicChoice[]
  language: string
  timeZone: string
  hour: string
  weekday: string
  /** Those in which people can be told. */
  languages: readonly string[]
  usual: { language: string; timeZone: string }
}

export function preferencesPage(reader: Reader, form: ChosenForm, isSaved: boolean, isZoneWrong: boolean): Html {
  const words = reader.words.preferences
  const collects = form.topics.some(({ open }) => open.includes('daily'))
  return framed(
    reader,
    words.title,
    html`<h1>${words.title}</h1>
      <p>${put(reader, words.whose, { address: reader.address })}</p>
      ${isSaved ? html`<div class="panel" role="status"><p>${words.saved}</p></div>` : ''}
      ${
        isZoneWrong
          ? html`<div class="panel bad" role="alert">
              <p>${words.wrong}</p>
              <p><a href="#timeZone">${words.timeZone}: ${words.wrongTimeZone}</a></p>
            </div>`
          : ''
      }
      <form method="post">
        <h2>${words.byMail}</h2>
        ${form.topics.map((topic) => topicField(reader, topic))}
        <p class="soft">${words.always}</p>
        ${collects ? [hourField(reader, form), weekdayField(reader, form)] : ''} ${languageField(reader, form)}
        <div class="field">
          <label for="timeZone">${words.timeZone}</label>
          <span class="hint" id="timeZone-hint"
            >${put(reader, words.timeZoneHint, { value: form.usual.timeZone })}</span
          >
          ${isZoneWrong ? html`<span class="wrong" id="timeZone-wrong">${words.wrongTimeZone}</span>` : ''}
          <input
            id="timeZone"
            name="timeZone"
            dir="ltr"
            autocomplete="off"
            value="${form.timeZone}"
            aria-describedby="timeZone-hint${isZoneWrong ? ' timeZone-wrong' : ''}"
            aria-invalid="${isZoneWrong ? 'true' : 'false'}"
          />
        </div>
        <button type="submit">${words.save}</button>
      </form>`,
  )
}

/** What a GET of the address in a mail's header shows: nothing is changed by it. */
export function stopPage(reader: Reader, topics: readonly string[], base: string): Html {
  const words = reader.words.preferences
  return framed(
    reader,
    words.stopTitle,
    html`<h1>${words.stopTitle}</h1>
      <p>${put(reader, words.whose, { address: reader.address })}</p>
      ${topicList(reader, topics)}
      <form method="post">
        <input type="hidden" name="List-Unsubscribe" value="One-Click" />
        <button type="submit">${words.stop}</button>
      </form>
      <p><a href="${base}">${words.link}</a></p>`,
  )
}

export function stoppedPage(reader: Reader, topics: readonly string[], base: string): Html {
  const words = reader.words.preferences
  const named = new Intl.ListFormat(reader.language).format(topics.map((topic) => topicWords(reader, topic)))
  return framed(
    reader,
    words.title,
    html`<h1>${words.title}</h1>
      <div class="panel" role="status"><p>${put(reader, words.stopped, { topics: named })}</p></div>
      <p class="soft">${words.always}</p>
      <p><a href="${base}">${words.link}</a></p>`,
  )
}

/** A link that opens nothing. */
export function closedPreferences(reader: Omit<Reader, 'address'>): Html {
  const words = reader.words.preferences
  return framed(
    reader,
    words.closedTitle,
    html`<h1>${words.closedTitle}</h1>
      <p>${words.closed}</p>`,
  )
}

function framed({ language, direction }: Omit<Reader, 'address'>, title: string, body: Html): Html {
  return page({ title, body, language, direction })
}

function topicList(reader: Reader, topics: readonly string[]): Html {
  return html`<ul>
    ${topics.map((topic) => html`<li>${topicWords(reader, topic)}</li>`)}
  </ul>`
}

function topicWords({ words }: Reader, topic: string): string {
  return words.topics[topic] ?? topic
}

function topicField(reader: Reader, { topic, chosen, open }: TopicChoice): Html {
  const words = reader.words.preferences
  return choice(
    `topic.${topic}`,
    topicWords(reader, topic),
    mailChoices.filter((one) => open.includes(one)).map((one) => [one, words[one]]),
    chosen,
  )
}

function hourField({ language, words }: Reader, { hour }: ChosenForm): Html {
  const format = new Intl.DateTimeFormat(language, { hour: 'numeric', minute: '2-digit', timeZone: 'UTC' })
  const hours = Array.from({ length: 24 }, (_, at): [string, string] => [
    String(at),
    format.format(Date.UTC(2027, 0, 1, at)),
  ])
  return choice('hour', words.preferences.hour, hours, hour)
}

function weekdayField({ language, words }: Reader, { weekday }: ChosenForm): Html {
  const format = new Intl.DateTimeFormat(language, { weekday: 'long', timeZone: 'UTC' })
  // The first of February 2027 is a Monday.
  const days = Array.from({ length: 7 }, (_, day): [string, string] => [
    String(day + 1),
    format.format(Date.UTC(2027, 1, 1 + day)),
  ])
  return choice('weekday', words.preferences.weekday, days, weekday)
}

function languageField(reader: Reader, { language, languages, usual }: ChosenForm): Html {
  const tags = languages.includes(language) || language === '' ? languages : [language, ...languages]
  return choice(
    'language',
    reader.words.preferences.language,
    [
      ['', put(reader, reader.words.preferences.asUsual, { value: own(usual.language) })],
      ...tags.map((tag): [string, string] => [tag, own(tag)]),
    ],
    language,
  )
}

/** A language as it calls itself. */
function own(tag: string): string {
  return new Intl.DisplayNames([tag], { type: 'language' }).of(tag) ?? tag
}

function choice(name: string, label: string, options: readonly (readonly [string, string])[], chosen: string): Html {
  return html`<div class="field">
    <label for="${name}">${label}</label>
    <select id="${name}" name="${name}">
      ${options.map(
        ([value, text]) =>
          html`<option value="${value}" dir="auto" ${value === chosen ? html`selected` : ''}>${text}</option>`,
      )}
    </select>
  </div>`
}

function put({ language }: Pick<Reader, 'language'>, pattern: string, values: Record<string, string>): string {
  return String(patternOf(pattern, language).format(values))
}
