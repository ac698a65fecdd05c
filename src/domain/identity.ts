/** What makes two names of a company the same: its registrable domain, its name without legal form, a contact's e-mail. */
import { domainToASCII } from 'node:url'
import { getHostname, parse } from 'tldts'
import { isFreeMail } from './matching/free-mail.ts'
import { namesIn, wordsOf } from './matching/words.ts'

/** Longer keys name nobody, and an index entry has to fit a page. */
const LONGEST_KEY = 200

export type DomainReading = { ok: true; domain: string | null } | { ok: false; found: string }

const REGISTRABLE = /^[a-z0-9-]+(?:\.[a-z0-9-]+)+$/

/**
 * The registrable domain of a web address, host or bare domain, by the public suffix list; sub-domains and paths fall away, and
 * an international name has its one ASCII form. A shop or page under a shared suffix (`acme.myshopify.com`) keeps its own name.
 * Empty gives null; a free-mail host gives null, for it identifies nobody; what is no domain is told as such.
 */
export function readDomain(text: string | null): DomainReading {
  const trimmed = text?.trim().toLowerCase() ?? ''
  if (trimmed === '') return { ok: true, domain: null }
  const host = domainToASCII(getHostname(trimmed, { validateHostname: false }) ?? '')
  const parsed = registrable(host)
  if (parsed === null) return { ok: false, found: trimmed.slice(0, 100) }
  return { ok: true, domain: isFreeMail(parsed.domain, parsed.name) ? null : parsed.domain }
}

function registrable(host: string): { domain: string; name: string } | null {
  // A shared suffix itself, such as `myshopify.com`, is its owner's domain.
  for (const allowPrivateDomains of [true, false]) {
    const { domain, domainWithoutSuffix, isIp, isIcann, isPrivate } = parse(host, { allowPrivateDomains })
    if (isIp === true || (isIcann !== true && isPrivate !== true)) return null
    if (domain !== null) return REGISTRABLE.test(domain) ? { domain, name: domainWithoutSuffix ?? '' } : null
  }
  return null
}

/**
 * A company's name as it is looked up by: plain Latin letters whatever the script, abbreviations written out, no legal form. Null when
 * nothing is left. Equal for names that differ by none but those, and the key of a key is that key.
 */
export function nameKey(name: string | null): string | null {
  if (name === null) return null
  const key = wordsOf(namesIn(name)[0])
    .map(({ text }) => text)
    .join(' ')
  if (key === '') return null
  const short = key.slice(0, LONGEST_KEY).trimEnd()
  return short === name ? short : nameKey(short)
}

/**
 * The letters of a company's name, each once and in order: the same whatever the order of words, and for most slips of the pen. Null
 * for a name of so few that half of all names would share them.
 */
export function lettersOf(key: string | null): string | null {
  const letters = [...new Set(key?.replaceAll(' ', ''))].toSorted().join('')
  return letters.length < 4 ? null : letters
}

/** What is kept beside a company's name, to find it by. */
export function companyKeys(name: string | null): { nameKey: string | null; letters: string | null } {
  const key = nameKey(name)
  return { nameKey: key, letters: lettersOf(key) }
}

const EMAIL = /^[^\s@<>()[\]\\,;:"]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+$/u

/** An e-mail address in lower case; null when it is none. */
export function email(text: string | null): string | null {
  const trimmed = text?.trim().toLowerCase() ?? ''
  return trimmed.length <= 254 && EMAIL.test(trimmed) ? trimmed : null
}

/** The keys under which claims on one prospect meet: locked in sorted order while first in time is ruled. */
export function claimKeys(claim: {
  domain: string | null
  nameKey: string | null
  contactEmail: string | null
}): string[] {
  const keys = [
    claim.domain === null ? null : `domain:${claim.domain}`,
    claim.nameKey === null ? null : `name:${claim.nameKey}`,
    email(claim.contactEmail) === null ? null : `email:${email(claim.contactEmail) ?? ''}`,
  ]
  return keys.filter((key) => key !== null).toSorted()
}
