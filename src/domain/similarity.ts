/** How alike two companies are: which of their names, domains and addresses match, and a score of 100. */
import { email, nameKey, readDomain } from './identity.ts'

/** What is compared of a company; what is not known is null. */
export interface Described {
  name: string | null
  domain: string | null
  email: string | null
}

/**
 * What matched: `domain`, `email` and `name` are equal; `similar-name`; `domain-name`: the domains differ by their ending alone;
 * `name-in-domain`: one's name is the other's domain; `email-domain`: an address of one is at the other's domain; `merged-there`: the
 * vendor's people have made the two one.
 */
export type Match =
  'domain' | 'email' | 'name' | 'similar-name' | 'domain-name' | 'name-in-domain' | 'email-domain' | 'merged-there'

export interface Likeness {
  score: number
  why: Match[]
}

/** From here on a person is asked whether two records are one. */
export const WORTH_ASKING = 80
/** From here on nothing is made at a vendor before a person has said whether it is there already. */
export const WORTH_WAITING = 95

const NEARLY = 99
/** What a second and third match add to the strongest. */
const BESIDES = 3
/** What two different domains take from a match of names: some companies have several, and some names several companies. */
const OTHER_DOMAIN = 20

/**
 * How alike two companies are. Symmetric, from 0 to 100; 100 says that an identity is equal, or the whole name and nothing speaks
 * against it.
 */
export function likeness(left: Profile, right: Profile): Likeness {
  const names = keyScore(left.nameKey, right.nameKey)
  const isOtherDomain = left.domain !== null && right.domain !== null && left.domain !== right.domain
  const matches: [Match, number][] = [
    ['domain', same(left.domain, right.domain) ? 100 : 0],
    ['email', same(left.email, right.email) ? 100 : 0],
    [names === 100 ? 'name' : 'similar-name', Math.max(0, isOtherDomain ? names - OTHER_DOMAIN : names)],
    ['domain-name', isOtherDomain && same(left.label, right.label) ? 85 : 0],
    ['name-in-domain', same(left.label, right.squeezed) || same(left.squeezed, right.label) ? 85 : 0],
    ['email-domain', same(left.domain, right.mailDomain) || same(left.mailDomain, right.domain) ? 92 : 0],
  ]
  const found = matches.filter(([, score]) => score >= 60).toSorted(([, x], [, y]) => y - x)
  const best = found[0]?.[1] ?? 0
  const score = best === 100 ? 100 : Math.min(NEARLY, best + BESIDES * Math.max(0, found.length - 1))
  return { score, why: found.map(([match]) => match) }
}

/**
 * How alike two names of companies are, legal forms, case, accents and punctuation aside: 100 for equal ones; else by the letters of the
 * words that they share and by the pairs of letters, whichever says more. Names with different numbers in them are different.
 */
export function nameScore(a: string | null, b: string | null): number {
  return keyScore(nameKey(a), nameKey(b))
}

function keyScore(left: string | null, right: string | null): number {
  if (left === null || right === null) return 0
  if (left === right) return 100
  const score = Math.min(NEARLY, Math.floor(100 * Math.max(byWords(left, right), byPairs(left, right))))
  return numbersOf(left) === numbersOf(right) ? score : Math.min(score, 50)
}

/** What of a company is compared, in one form. Made once for each, however many it is compared with. */
export interface Profile {
  nameKey: string | null
  /** The name without spaces. */
  squeezed: string | null
  domain: string | null
  /** The domain without its ending. */
  label: string | null
  email: string | null
  /** Null for a mail service whose users share nothing else. */
  mailDomain: string | null
}

export function profile(of: Described): Profile {
  const key = nameKey(of.name)
  const domain = domainOf(of.domain)
  const address = email(of.email)
  return {
    nameKey: key,
    squeezed: key?.replaceAll(' ', '') ?? null,
    domain,
    label: domain?.split('.')[0] ?? null,
    email: address,
    mailDomain: domainOf(address?.split('@')[1] ?? null),
  }
}

/** The keys by which similar companies are found without comparing all with all. */
export function searchKeys(of: Profile): Profile & { beginning: string | null } {
  return { ...of, beginning: of.nameKey === null ? null : beginningOf(of.nameKey) }
}

/** The first letters of the first word, `ue` and the like as in names that were written without their dots. */
function beginningOf(key: string): string {
  const word = key.split(' ')[0] ?? ''
  return Array.from(word.replaceAll('ae', 'a').replaceAll('oe', 'o').replaceAll('ue', 'u')).slice(0, 6).join('')
}

function domainOf(text: string | null): string | null {
  const parsed = readDomain(text)
  return parsed.ok ? parsed.domain : null
}

function same(a: string | null, b: string | null): boolean {
  return a !== null && a === b
}

/** The letters of shared words among those of the longer name. A name that is part of the other is likely a short form of it. */
function byWords(a: string, b: string): number {
  const [left, right] = [a.split(' '), b.split(' ')]
  const rest = [...right]
  const shared = left.filter((word) => {
    const at = rest.indexOf(word)
    if (at !== -1) rest.splice(at, 1)
    return at !== -1
  })
  const letters = shared.join('').length
  const longer = Math.max(left.join('').length, right.join('').length)
  const isPart = shared.length === Math.min(left.length, right.length)
  return isPart ? 0.6 + (0.38 * letters) / longer : letters / longer
}

/** Dice's coefficient of the pairs of neighbouring letters. */
function byPairs(a: string, b: string): number {
  const [left, right] = [pairsOf(a), pairsOf(b)]
  const total = left.length + right.length
  if (total === 0) return 0
  const counts = new Map<string, number>()
  for (const pair of left) counts.set(pair, (counts.get(pair) ?? 0) + 1)
  let shared = 0
  for (const pair of right) {
    const count = counts.get(pair) ?? 0
    if (count > 0) shared += 1
    counts.set(pair, count - 1)
  }
  return (2 * shared) / total
}

function pairsOf(name: string): string[] {
  const letters = Array.from(name.replaceAll(' ', ''))
  return letters.slice(1).map((letter, place) => `${letters[place] ?? ''}${letter}`)
}

function numbersOf(name: string): string {
  return (name.match(/\p{N}+/gu) ?? []).toSorted().join(' ')
}
