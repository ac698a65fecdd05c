/** The keys by which companies that may be one are found without comparing all with all. Pure. */
import { lettersOf, nameKey } from '../identity.ts'
import { aliasesOf } from './aliases.ts'
import type { Profile } from './company.ts'
import { bareLabel } from './domains.ts'

/** A company is found where one of these is equal; null finds nothing. */
export interface SearchKeys {
  /** The name in plain letters, without legal form. */
  nameKey: string | null
  /** How the name begins. */
  beginning: string | null
  /** The letters of the name: the words in another order, run together, or with most slips of the pen. */
  letters: string | null
  /** The same of the domain's label, for a company that is known by its name alone. */
  labelLetters: string | null
  domain: string | null
  /** The domain without its ending. */
  label: string | null
  /** The same without a country in it. */
  bareLabel: string | null
  /** The name as it would stand in a domain. */
  squeezed: string | null
  email: string | null
  mailDomain: string | null
}

/** @param name as it is written, of which the profile was made */
export function searchKeys(of: Profile, name: string | null): SearchKeys {
  const key = nameKey(name)
  const label = of.domain?.registered.split('.')[0] ?? null
  return {
    nameKey: key,
    beginning: key === null ? null : beginningOf(key),
    letters: lettersOf(key),
    labelLetters: lettersOf(of.domain?.label ?? null),
    domain: of.domain?.registered ?? null,
    label,
    bareLabel: label === null ? null : bareLabel(label),
    squeezed: key?.replaceAll(' ', '') ?? null,
    email: of.email,
    mailDomain: of.mailDomain?.registered ?? null,
  }
}

/** The keys of a company, and one row for each other domain that the policy says is of it. */
export function keysWithAliases(
  of: Profile,
  name: string | null,
  aliases: readonly (readonly string[])[],
): SearchKeys[] {
  const others = of.domain === null ? [] : aliasesOf(aliases, of.domain.registered)
  return [searchKeys(of, name), ...others.map((domain) => ({ ...nothing, domain }))]
}

const nothing: SearchKeys = {
  nameKey: null,
  beginning: null,
  letters: null,
  labelLetters: null,
  domain: null,
  label: null,
  bareLabel: null,
  squeezed: null,
  email: null,
  mailDomain: null,
}

/** The first letters of the first word: others that begin with them follow it in the order of names. */
function beginningOf(key: string): string {
  return (key.split(' ')[0] ?? '').slice(0, 6)
}
