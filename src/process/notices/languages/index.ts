/** The languages that notices are written in, by what stands first in a BCP 47 tag: `de-CH` is told in German, with Swiss dates. */
import { german } from './de.ts'
import { english } from './en.ts'
import { french } from './fr.ts'
import type { Language } from './language.ts'

/** By the language alone, such as `de`. */
export type Languages = ReadonlyMap<string, Language>

/** Those of this release; an installation may know more by files of its own. */
export const ownLanguages: Languages = new Map([
  ['en', english],
  ['de', german],
  ['fr', french],
])

/** The language of a tag; English for any that nobody wrote. */
export function languageOf(tag: string, languages: Languages = ownLanguages): Language {
  return languages.get(baseOf(tag)) ?? english
}

/** Whether there are texts in the language of a tag, and the tag is one. */
export function isLanguage(tag: string, languages: Languages = ownLanguages): boolean {
  return isTag(tag) && languages.has(baseOf(Intl.getCanonicalLocales(tag)[0] ?? ''))
}

/** Whether it is a BCP 47 tag, whoever writes its language. */
export function isTag(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1
  } catch {
    return false
  }
}

export function baseOf(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? ''
}
