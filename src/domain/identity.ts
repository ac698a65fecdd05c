/** What makes two names of a company the same: its registrable domain, its name without legal form, a contact's e-mail. */
import { parse } from 'tldts'

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

/** Legal forms at the end of a company's name, without dots. */
const LEGAL_FORMS = new Set([
  'inc',
  'incorporated',
  'corp',
  'corporation',
  'co',
  'company',
  'llc',
  'llp',
  'lp',
  'ltd',
  'limited',
  'plc',
  'gmbh',
  'ag',
  'kg',
  'ohg',
  'ug',
  'se',
  'sa',
  'sas',
  'sarl',
  'srl',
  'spa',
  'bv',
  'nv',
  'ab',
  'as',
  'asa',
  'oy',
  'oyj',
  'aps',
  'pty',
  'pte',
  'kk',
  'sl',
  'slu',
  'mbh',
  'cokg',
  'lda',
  'ltda',
  'kft',
  'zrt',
  'sro',
  'doo',
  'sp',
  'zoo',
  'oo',
  'z',
  'o',
])

export type DomainReading = { ok: true; domain: string | null } | { ok: false; found: string }

/**
 * The registrable domain of a web address, host or bare domain, by the public suffix list. Sub-domains and paths fall away.
 * Empty gives null; a free-mail host gives null, for it identifies nobody; what is no domain is told as such.
 */
export function readDomain(text: string | null): DomainReading {
  const trimmed = text?.trim().toLowerCase() ?? ''
  if (trimmed === '') return { ok: true, domain: null }
  const parsed = parse(trimmed, { allowPrivateDomains: true })
  if (parsed.domain === null || parsed.isIp === true || !parsed.isIcann)
    return { ok: false, found: trimmed.slice(0, 100) }
  return { ok: true, domain: FREE_MAIL.has(parsed.domain) ? null : parsed.domain }
}

/** A company's name as matching sees it: lower case, no accents, no punctuation, no legal form. Null when nothing is left. */
export function nameKey(name: string | null): string | null {
  if (name === null) return null
  const words = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[.'’]/g, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '')
  let end = words.length
  while (end > 1 && LEGAL_FORMS.has(words[end - 1] ?? '')) end -= 1
  return end === 0 ? null : words.slice(0, end).join(' ')
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/

/** An e-mail address in lower case; null when it is none. */
export function email(text: string | null): string | null {
  const trimmed = text?.trim().toLowerCase() ?? ''
  return EMAIL.test(trimmed) ? trimmed : null
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
