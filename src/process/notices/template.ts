/** What a template is. Each subject's templates are a file of `templates/`, named `<subject>.<what>`. */
import type { Audience } from '../../domain/notice.ts'

/**
 * A subject line and paragraphs in ICU message format, with the names of facts in braces: `The period of {partner} ends
 * {protectedUntil}.` A paragraph that names a fact which is not known is left out, unless there are words for its absence; see the
 * language's `unknown`. A line that is nothing but
 * a list or commands is shown as such.
 */
export interface Text {
  subject: string
  body: string
}

export interface Template {
  /**
   * Nobody can switch it off. `decision`: one is asked by it; `law`: it says what holds in law. Both wait for a digest only where the
   * policy lets them (`notices.digest`). `at-once`: a clock or a hold is behind it, and it waits for none.
   */
  always?: 'decision' | 'law' | 'at-once'
  /** One text for each audience that may be told, in English. The other languages are in `languages/`. */
  texts: Partial<Record<Audience, Text>>
}
