/** How two names of companies stand to each other. */
import { lettersOf } from '../identity.ts'
import { mayStandFor } from './abbreviations.ts'
import { isCommon, isNeutral } from './common-words.ts'
import { isPlace } from './places.ts'
import { isSlip, isWithoutOne } from './slips.ts'
import { namesIn, wordsOf, type Word } from './words.ts'

/** A name, taken apart once, however many it is compared with. */
export interface Name {
  words: Word[]
  /** The words without spaces between them. */
  squeezed: string
  /** Whether it was written in another script than Latin: what a transliteration makes of sounds is one way of several. */
  isTransliterated: boolean
  /** Other names that the same text says the company has or had. */
  others: string[]
}

/**
 * `equal`: word for word, or run together. `order`: the same words. `short`: an abbreviation written out. `slip`: one slip of the pen.
 * `sound`: one of them transliterated. `unit`: they differ by countries, or by what a unit or the whole is called. `longer`: one adds
 * one more word to several. `initials`: one is the other's. `former`: one says that it was called like the other. `part`: one is some
 * words of the other. `different`: none of these.
 */
export type NameRelation =
  'equal' | 'order' | 'short' | 'slip' | 'sound' | 'unit' | 'longer' | 'initials' | 'former' | 'part' | 'different'

export interface NameComparison {
  relation: NameRelation
  /** Whether what they share tells companies apart: some word of it is in no dictionary. */
  isTelling: boolean
  /** Whether both are several words of the dictionary: what many may call themselves. */
  isDescriptive: boolean
  /** The words that are in both. */
  shared: string[]
}

export function nameOf(text: string | null): Name | null {
  if (text === null) return null
  const [main, ...others] = namesIn(text)
  const words = wordsOf(main)
  if (words.length === 0) return null
  return {
    words,
    squeezed: squeezed(words),
    isTransliterated: /[^\p{Script=Latin}\P{L}]/u.test(main),
    others: others.map((other) => squeezed(wordsOf(other))).filter((other) => other !== ''),
  }
}

export function compareNames(a: Name, b: Name): NameComparison {
  const rest = aligned(a.words, b.words)
  const isTelling = rest.shared.some((pair) => !pair.some(isCommon))
  const relation = relationOf(a, b, { ...rest, isTelling })
  // Run together, or the one word that it is in the other.
  const isOneWord = relation === 'equal' && Math.min(a.words.length, b.words.length) === 1
  return {
    relation,
    isTelling: isTelling || (isOneWord && !isCommon(a.squeezed)),
    isDescriptive: [a, b].every(({ words }) => words.length > 1 && words.every(({ text }) => isCommon(text))),
    shared: rest.shared.map(([word]) => word),
  }
}

interface Rest {
  shared: [string, string][]
  left: string[]
  right: string[]
  isShort: boolean
  isSlipped: boolean
  isTelling: boolean
}

function relationOf(a: Name, b: Name, { shared, left, right, isShort, isSlipped, isTelling }: Rest): NameRelation {
  if (a.squeezed === b.squeezed) return 'equal'
  if (a.others.includes(b.squeezed) || b.others.includes(a.squeezed)) return 'former'
  if (left.length === 0 && right.length === 0) {
    if (isSlipped) return 'slip'
    if (isShort) return 'short'
    // Of two or three letters any order is a name of its own, and nothing would be found by it: see `lettersOf`.
    return lettersOf(a.squeezed) === null ? 'different' : 'order'
  }
  if (left.join('') === right.join('')) return 'equal'
  if (a.isTransliterated !== b.isTransliterated && soundsAlike(a.squeezed, b.squeezed)) return 'sound'
  if (isInitials(a, b) || isInitials(b, a)) return 'initials'
  if (isSlipped || shared.length === 0) return 'different'
  const [more, others] = [left, right].map((words) => words.filter((word) => !isNeutral(word)))
  if (more === undefined || others === undefined) return 'different'
  const isUnit = [more, others].every((words) => words.length === 0 || isPlace(words))
  const isTwoPlaces = more.length > 0 && others.length > 0
  if (isUnit) return isTelling || (shared.length > 1 && !isTwoPlaces) ? 'unit' : 'part'
  if (isTwoPlaces) return 'different'
  return isTelling && shared.length > 1 && left.length + right.length === 1 ? 'longer' : 'part'
}

/** Each word of the one with its like in the other; what is left over on either side. */
function aligned(a: readonly Word[], b: readonly Word[]) {
  const rest = [...b]
  const shared: [string, string][] = []
  const take = (from: readonly Word[], isLike: (x: Word, y: Word) => boolean): Word[] =>
    from.filter((word) => {
      const at = rest.findIndex((other) => isLike(word, other))
      const [other] = at === -1 ? [] : rest.splice(at, 1)
      if (other !== undefined) shared.push([word.text, other.text])
      return other === undefined
    })
  const unequal = take(a, (x, y) => x.text === y.text)
  const unshort = take(unequal, standsFor)
  const isShort = unshort.length < unequal.length
  // One slip in a name is a slip; two are another name.
  const slipped = unshort.length === 1 && rest.length === 1 ? take(unshort, isSlipOf) : unshort
  return {
    shared,
    isShort,
    isSlipped: slipped.length < unshort.length,
    left: slipped.map(({ text }) => text),
    right: rest.map(({ text }) => text),
  }
}

function standsFor(x: Word, y: Word): boolean {
  return (x.isShort && mayStandFor(x.text, y.text)) || (y.isShort && mayStandFor(y.text, x.text))
}

/** Two words of the dictionary are two words, however alike. A word of it is easily known in what lacks one of its letters. */
function isSlipOf({ text: x }: Word, { text: y }: Word): boolean {
  if (isCommon(x) && isCommon(y)) return false
  const [short, long] = x.length < y.length ? [x, y] : [y, x]
  return isSlip(x, y) || (long.length >= 5 && isCommon(long) && isWithoutOne(short, long))
}

function isInitials(short: Name, long: Name): boolean {
  const [only, ...others] = short.words
  if (only === undefined || others.length > 0 || only.text.length < 2 || only.text.length > 5) return false
  return long.words.length === only.text.length && long.words.map(({ text }) => text[0]).join('') === only.text
}

/** Letters that one transliteration writes and another does not: of the consonants, only what they sound like counts. */
function soundsAlike(a: string, b: string): boolean {
  const [x, y] = [sounds(a), sounds(b)]
  return x === y && x.length >= (a[0] === b[0] ? 3 : 4)
}

function sounds(word: string): string {
  return word
    .replaceAll('x', 'ks')
    .replaceAll('ph', 'f')
    .replace(/[cq]/g, 'k')
    .replaceAll('w', 'v')
    .replace(/[aeiouyhj]/g, '')
    .replace(/(.)\1+/g, '$1')
}

function squeezed(words: readonly Word[]): string {
  return words.map(({ text }) => text).join('')
}
