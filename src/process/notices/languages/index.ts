/** The languages that notices are written in, by what stands first in a BCP 47 tag: `de-CH` is told in German, with Swiss dates. */
import { german } from './de.ts'
import { english } from './en.ts'
import { french } from './fr.ts'
import type { Language } from './language.ts'

const languages = { en: english, de: german, fr: french } as const satisfies Record<string, Language>

export const languageNames: readonly string[] = Object.keys(languages)

/** The language of a tag; English for any that we do not write. */
export function languageOf(tag: string): Language {
  const base = baseOf(tag)
  return isKnown(base) ? languages[base] : english
}

/** Whether we write the language of a tag, and the tag is one. */
export function isLanguage(tag: string): boolean {
  try {
    return isKnown(baseOf(Intl.getCanonicalLocales(tag)[0] ?? ''))
  } catch {
    return false
  }
}

export function baseOf(tag: string): string {
  return tag.split('-', 1)[0]?.toLowerCase() ?? ''
}

function isKnown(base: string): base is keyof typeof languages {
  return Object.hasOwn(languages, base)
}
