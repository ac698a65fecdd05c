/** What each thing that two companies share is worth, of 100: from 80 on a person is asked, from 95 on they count as one. */
import type { Profile } from './company.ts'
import { isTellingLabel, type DomainRelation } from './domains.ts'
import type { NameComparison, NameRelation } from './names.ts'
import type { Reason } from './reasons.ts'

/** Two companies with how their names and domains stand to each other; null where one of them has none. */
export interface Compared {
  a: Profile
  b: Profile
  names: NameComparison | null
  domains: DomainRelation | null
  /** They are in two countries. */
  isAbroad: boolean
}

type Evidence = [Reason, number]

export function evidenceOf(pair: Compared): Evidence[] {
  const { a, b } = pair
  return [
    ['id', a.ids.some((id) => b.ids.includes(id)) ? 100 : 0],
    byDomain(pair),
    byAddress(pair),
    byAddressesHost(pair),
    byName(pair),
    ['name-in-domain', isNamedByDomain(a, b) || isNamedByDomain(b, a) ? 85 : 0],
  ]
}

function byDomain({ a, names, domains, isAbroad }: Compared): Evidence {
  const isAgreed = names !== null && names.relation !== 'different'
  switch (domains) {
    case 'same':
      return ['domain', 100]
    case 'alias':
      return ['alias', 99]
    case 'ending': {
      if (isAgreed) return ['domain-name', isAbroad && names.isDescriptive ? 60 : 92]
      return ['domain-name', names === null && a.domain !== null && isTellingLabel(a.domain) ? 85 : 60]
    }
    case 'country':
      return ['domain-name', isAgreed ? 90 : 50]
    case 'slip':
    case 'different':
    case null:
      return ['domain-name', 0]
  }
}

/** One address stands for one person. Where all else differs, the person may work for two companies. */
function byAddress({ a, b, names, domains }: Compared): Evidence {
  const isTwoCompanies = domains === 'different' && names?.relation === 'different'
  if (a.email === null || a.email !== b.email) return ['contact-email', 0]
  return isTwoCompanies ? ['shared-contact', 85] : ['contact-email', 97]
}

function byAddressesHost({ a, b, domains }: Compared): Evidence {
  if (domains === 'same' || !(isAt(a, b) || isAt(b, a))) return ['email-domain', 0]
  return ['email-domain', domains === 'different' ? 85 : 92]
}

function isAt({ domain }: Profile, { mailDomain }: Profile): boolean {
  return domain !== null && domain.registered === mailDomain?.registered
}

/** How much each says when nothing speaks against it: where what is shared tells companies apart, and where it does not. */
const BY_NAME: Record<NameRelation, { reason: Reason; telling: number; common: number }> = {
  equal: { reason: 'name', telling: 100, common: 96 },
  order: { reason: 'word-order', telling: 94, common: 86 },
  short: { reason: 'abbreviation', telling: 93, common: 90 },
  slip: { reason: 'similar-name', telling: 90, common: 86 },
  sound: { reason: 'transliteration', telling: 88, common: 88 },
  unit: { reason: 'unit-name', telling: 88, common: 82 },
  longer: { reason: 'longer-name', telling: 82, common: 60 },
  initials: { reason: 'initials', telling: 82, common: 82 },
  former: { reason: 'former-name', telling: 92, common: 84 },
  part: { reason: 'part-of-name', telling: 20, common: 10 },
  different: { reason: 'name', telling: 0, common: 0 },
}

function byName(pair: Compared): Evidence {
  const { names } = pair
  if (names === null) return ['name', 0]
  const { reason, telling, common } = BY_NAME[names.relation]
  return [reason, Math.max(0, (names.isTelling ? telling : common) - against(pair, names))]
}

/** What speaks against a match of names: another domain more than another country. */
function against(
  { a, b, domains, isAbroad }: Compared,
  { relation, isTelling, isDescriptive, shared }: NameComparison,
): number {
  const isWhole = relation === 'equal' && isTelling
  switch (domains) {
    case null:
      // A unit is expected to be in another country.
      if (!isAbroad || (relation === 'unit' && isTelling)) return 0
      return isWhole ? 14 : 30
    case 'slip':
      // Somebody who mistypes a name mistypes the domain too; of two companies each has the domain that it is called by.
      return isCalledSo(a) && isCalledSo(b) ? 40 : 8
    case 'different':
      return isWhole && !isAbroad && !areOutlets(a, b, shared) ? 20 : 40
    case 'ending':
    case 'country':
      // What a trade is called in general is registered in each country by somebody else.
      return isAbroad && isDescriptive ? 30 : 0
    case 'same':
    case 'alias':
      return 0
  }
}

/** Two domains that each add something else to the name that they share are of two who bear it: `akropolis-kiel`, `akropolis-bochum`. */
function areOutlets(a: Profile, b: Profile, shared: readonly string[]): boolean {
  return shared.some((word) =>
    [a, b].every(({ domain }) => domain !== null && domain.label !== word && domain.label.includes(word)),
  )
}

function isCalledSo({ name, domain }: Profile): boolean {
  return name !== null && domain !== null && name.squeezed === domain.label
}

/** Whether the one is known by a domain alone, and that is the other's name. */
function isNamedByDomain({ domain, name }: Profile, other: Profile): boolean {
  return domain !== null && name === null && other.domain === null && other.name?.squeezed === domain.label
}
