/** A company's name as words to compare: plain, without legal forms, abbreviations written out, other names of it apart. */
import { writtenOut } from './abbreviations.ts'
import { withoutForms, withoutGrownForms } from './legal-forms.ts'
import { folded, plain } from './plain.ts'

export interface Word {
  text: string
  /** Written with a dot or an apostrophe: it may stand for a longer one. */
  isShort: boolean
}

/** Words that join others and say nothing: left out, unless they are all there is. */
const JOINING = new Set([
  'and',
  'und',
  'et',
  'y',
  'e',
  'og',
  'och',
  'en',
  'i',
  'of',
  'de',
  'du',
  'des',
  'di',
  'do',
  'da',
  'del',
  'for',
  'the',
  'der',
  'die',
  'das',
  'van',
  'von',
  'la',
  'le',
  'les',
])

const FORMERLY =
  /\b(?:formerly|previously|ehem(?:als|\.)?|fr[uü]her|f\/k\/a|fka|ex|vormals|anciennement|antes|già|voorheen|tidigare)\b[.:]?\s+/iu
const ALSO = /\b(?:d\/b\/a|dba|a\/k\/a|aka|trading as|t\/a)\b[.:]?\s+/iu

/**
 * The name that a company goes by, and other names that the same text says it has or had: "Nexora (formerly Steinbach IT)". What else
 * stands in brackets (a place, an owner) is no part of the name.
 */
export function namesIn(text: string): [string, ...string[]] {
  const others: string[] = []
  const outside = text.replace(/[([（]([^)\]）]*)[)\]）]/gu, (whole, inside: string) => {
    const [, named] = split(inside)
    if (named !== null) others.push(named)
    return whole === text.trim() ? inside : ' '
  })
  const [name, named] = split(outside)
  if (named !== null) others.push(named)
  return [/[\p{L}\p{N}]/u.test(name) ? name : text, ...others]
}

function split(text: string): [string, string | null] {
  for (const mark of [FORMERLY, ALSO]) {
    const [before = '', ...after] = text.split(mark)
    if (after.length > 0) return [before, after.join(' ')]
  }
  return [text, null]
}

/** The words of one name. Empty where it has no letter and no digit. */
export function wordsOf(name: string): Word[] {
  const text = plain(withoutGrownForms(name))
  const marked = text.split(' ').filter((word) => /[a-z0-9]/.test(word))
  const bare = withoutForms(
    marked
      .map(bareWord)
      .filter((word) => word !== '')
      .join(' '),
  ).split(' ')
  const shorts = new Set(marked.filter(isMarked).map(bareWord))
  const words = bare
    .filter((word) => word !== '')
    .map((word) => ({ text: writtenOut(folded(digitsAsLetters(word))), isShort: shorts.has(word) }))
  const telling = words.filter(({ text: word }) => !JOINING.has(word))
  return telling.length === 0 ? words : telling
}

function bareWord(word: string): string {
  return word.replace(/[.'&+]/g, '')
}

function isMarked(word: string): boolean {
  return /[a-z0-9][.'][a-z]|[a-z]\.$/.test(word)
}

/** `0akhurst`: a digit that a machine or a finger put in a letter's place. */
function digitsAsLetters(word: string): string {
  if (!/^(?:[a-z]*[01][a-z]+)$/.test(word) || word.length < 5) return word
  return word.replace('0', 'o').replace('1', 'l')
}
