/** What a language is made of. */
import type { Audience, FactName, LineKind } from '../../../domain/notice.ts'
import type { TaskDecision } from '../../../domain/task-kinds.ts'
import type { StandardReason } from '../../../domain/standard-reasons.ts'
import type { Text } from '../template.ts'

/** Words that are not templates. */
export interface Words {
  /** What a code of `why` means. */
  codes: Record<string, string>
  /** What stands as a reason where a person gave none. */
  standardReasons: Record<StandardReason, string>
  /** What stands where a fact is not known; a paragraph that names another unknown fact is left out. */
  unknown: Partial<Record<FactName, string>>
  /** What the link to the partner’s own page is called. */
  ownPage: string
  /** Below what asks for a decision: opens the page on which it is decided. */
  decide: string
  /** What each topic is about, as people choose how they are told of it. */
  topics: Record<string, string>
  preferences: PreferenceWords
  /** How a line of a list is told: its parts, which name what the line does. */
  lines: Record<LineKind, LineText>
  /** What each decision is called on a button. */
  decisions: Record<TaskDecision, string>
  /** The subject of a message that collects others, by how often it comes; names `count`. */
  digest: Record<'daily' | 'weekly', string>
}

/** Of the page on which a person chooses how they are told, and of the link to it. */
export interface PreferenceWords {
  /** At the end of a mail that need not come. */
  link: string
  title: string
  /** Names `address`. */
  whose: string
  /** What cannot be switched off. */
  always: string
  byMail: string
  immediate: string
  daily: string
  weekly: string
  off: string
  language: string
  /** What is in force where nothing is chosen; names `value`. */
  asUsual: string
  timeZone: string
  /** Names `value`: what is in force where it is empty. */
  timeZoneHint: string
  /** When a mail that collects comes. */
  hour: string
  weekday: string
  save: string
  saved: string
  /** Names `topics`, as all that follows. */
  stopTitle: string
  stop: string
  stopped: string
  wrongTimeZone: string
  wrong: string
  closedTitle: string
  closed: string
}

/** Of a part in several forms the first that names nothing unknown is told, and none where there is no such form. */
export interface LineText {
  between: string
  parts: readonly (string | readonly string[])[]
}

export interface Language {
  direction: 'ltr' | 'rtl'
  words: Words
  /** By template and audience; what is missing is told in English. */
  texts: Record<string, Partial<Record<Audience, Text>>>
}
