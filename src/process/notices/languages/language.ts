/** What a language is made of. */
import type { Audience, FactName } from '../../../domain/notice.ts'
import type { Text } from '../template.ts'

/** Words that are not templates. */
export interface Words {
  /** What a code of `why` means. */
  codes: Record<string, string>
  /** What stands where a fact is not known; a paragraph that names another unknown fact is left out. */
  unknown: Partial<Record<FactName, string>>
  /** What the link to the partner’s own page is called. */
  ownPage: string
  /** Below what asks for a decision: opens the page on which it is decided. */
  decide: string
  /** The subject of a message that collects others, by how often it comes; names `count`. */
  digest: Record<'daily' | 'weekly', string>
}

export interface Language {
  direction: 'ltr' | 'rtl'
  words: Words
  /** By template and audience; what is missing is told in English. */
  texts: Record<string, Partial<Record<Audience, Text>>>
}
