/** How two domains stand to each other. */
import { domainToUnicode } from 'node:url'
import { parse } from 'tldts'
import { isCommon } from './common-words.ts'
import { isCountryMark } from './places.ts'
import { folded, plain } from './plain.ts'
import { isSlip } from './slips.ts'

/** A registrable domain, taken apart once. */
export interface Domain {
  /** As it is registered, in ASCII. */
  registered: string
  /** Without its ending, in plain letters, `ae` and the like folded as in names. */
  label: string
  /** The same, not folded. */
  written: string
}

/**
 * `same`: registered by one. `alias`: the configuration says so. `ending`: they differ by their ending alone. `country`: one adds a
 * country. `slip`: by one slip of the pen. `different`: none of these.
 */
export type DomainRelation = 'same' | 'alias' | 'ending' | 'country' | 'slip' | 'different'

/** @param registered as `readDomain` answers it */
export function domainOf(registered: string | null): Domain | null {
  if (registered === null) return null
  const { domainWithoutSuffix } = parse(registered, { allowPrivateDomains: true })
  const letters = plain(domainToUnicode(domainWithoutSuffix ?? registered)).replace(/[^a-z0-9]/g, '')
  const written = letters === '' ? registered : letters
  return { registered, label: folded(written), written }
}

/** @param aliasOf the one domain that stands for all of a company's */
export function compareDomains(a: Domain, b: Domain, aliasOf: (domain: string) => string): DomainRelation {
  if (a.registered === b.registered) return 'same'
  if (aliasOf(a.registered) === aliasOf(b.registered)) return 'alias'
  if (a.label === b.label) return 'ending'
  const [short, long] = a.written.length < b.written.length ? [a.written, b.written] : [b.written, a.written]
  if (short.length >= 3 && long.startsWith(short) && isCountryMark(long.slice(short.length))) return 'country'
  return isSlip(a.label, b.label) ? 'slip' : 'different'
}

/** Whether the label alone tells companies apart: somebody made it up, and it is not a handful of letters. */
export function isTellingLabel({ label }: Domain): boolean {
  return label.length >= 5 && !isCommon(label)
}

/** A domain's label without the country that stands at its end: `vandrell-usa`. Null where none does. */
export function bareLabel(label: string): string | null {
  const [, bare = '', mark = ''] = /^(.+)-([a-z]+)$/.exec(label) ?? []
  return bare.length >= 3 && isCountryMark(mark) ? bare : null
}
