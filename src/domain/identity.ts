/** What makes two names of a company the same: its registrable domain, its name without legal form, a contact's e-mail. */
import { domainToASCII } from 'node:url'
import { getHostname, parse } from 'tldts'

/** Hosts of mail services whose users share nothing but the service; such a domain identifies no company. */
const FREE_MAIL = new Set([
  'gmail.com',
  'googlemail.com',
  'outlook.com',
  'hotmail.com',
  'live.com',
  'msn.com',
  'yahoo.com',
  'ymail.com',
  'icloud.com',
  'me.com',
  'mac.com',
  'aol.com',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'web.de',
  't-online.de',
  'freenet.de',
  'mail.com',
  'mail.ru',
  'yandex.ru',
  'yandex.com',
  'proton.me',
  'protonmail.com',
  'zoho.com',
  'qq.com',
  '163.com',
  '126.com',
  'orange.fr',
  'free.fr',
  'laposte.net',
  'libero.it',
  'uol.com.br',
  'bol.com.br',
  'rediffmail.com',
  'naver.com',
])

/** Mail services with a host in every country: `yahoo.co.uk`, `hotmail.fr`. */
const FREE_MAIL_FAMILIES = new Set(['yahoo', 'hotmail', 'outlook', 'googlemail', 'gmx', 'yandex', 'aol', 'protonmail'])

/** Legal forms at the end of a company's name, without dots; some are written as several words. */
const LEGAL_FORMS = [
  'inc|incorporated|corp|corporation|co|company|llc|llp|lp|ltd|limited|plc|pty|pte',
  'gmbh|mbh|ag|kg|ohg|ug|cokg|se|sa|sas|sarl|srl|spa|sl|slu|lda|ltda|bv|nv|ab|as|asa|oy|oyj|aps|kk|kft|zrt|sro|doo',
  'sp z oo|sp zoo|sp k|s a|s r o|s r l|d o o|a s',
]
const LEGAL_FORM_AT_END = new RegExp(` (?:${LEGAL_FORMS.join('|')})$`)

/** Latin letters that no decomposition takes apart. */
const LATIN: Record<string, string> = { ß: 'ss', æ: 'ae', œ: 'oe', ø: 'o', ł: 'l', đ: 'd', ð: 'd', þ: 'th', ı: 'i' }

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
  const isFreeMail = FREE_MAIL.has(parsed.domain) || FREE_MAIL_FAMILIES.has(parsed.name)
  return { ok: true, domain: isFreeMail ? null : parsed.domain }
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
 * A company's name as matching sees it: lower case, Latin letters without accents, no punctuation, no legal form; other scripts
 * keep their marks, which are letters there. Null when nothing is left.
 */
export function nameKey(name: string | null): string | null {
  if (name === null) return null
  const plain = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .replace(/[ßæœøłđðþı]/g, (letter) => LATIN[letter] ?? letter)
    .normalize('NFC')
    .replace(/[.'’]/g, '')
  const words = plain.split(/[^\p{L}\p{N}\p{M}]+/u).filter((word) => /[\p{L}\p{N}]/u.test(word))
  let key = words.join(' ')
  while (LEGAL_FORM_AT_END.test(key)) key = key.replace(LEGAL_FORM_AT_END, '')
  return key === '' ? null : Array.from(key).slice(0, LONGEST_KEY).join('').trimEnd()
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
