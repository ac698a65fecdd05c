/** The audit of conflicts: which period is due, and by which territory an account counts. Pure. */
import { isCertain, type Against, type Reason } from './matching/reasons.ts'
import type { Instant } from './time.ts'

/** `direct`: our own sales and a partner; `partners`: two partners or more; `both`: all of them. */
export type ConflictSides = 'direct' | 'partners' | 'both'

/** An audit is there in the morning. */
const HOUR_MS = 6 * 3_600_000

/** The period that the instant falls into, by UTC; one begins at six in the morning of its first day. */
export function auditPeriod(every: 'quarter' | 'month' | 'week', now: Instant): string {
  const at = new Date(Date.parse(now) - HOUR_MS)
  const [year, month] = [at.getUTCFullYear(), at.getUTCMonth()]
  switch (every) {
    case 'quarter':
      return `${String(year)}-Q${String(Math.floor(month / 3) + 1)}`
    case 'month':
      return at.toISOString().slice(0, 7)
    case 'week': {
      const monday = new Date(Date.UTC(year, month, at.getUTCDate() - ((at.getUTCDay() + 6) % 7)))
      return `week of ${monday.toISOString().slice(0, 10)}`
    }
  }
}

/** What no territory of the policy names. */
export const OTHER_TERRITORY = 'other'

/** Where an account counts; of several territories that name its country the first one. */
export function territoryOf(
  territories: Readonly<Record<string, { countries: readonly string[] }>>,
  by: 'country' | 'owner',
  { country, owner }: { country: string | null; owner: string | null },
): string {
  if (by === 'owner') return owner ?? OTHER_TERRITORY
  const wanted = country?.trim().toLowerCase()
  const found = Object.entries(territories).find(([, { countries }]) =>
    countries.some((name) => name.trim().toLowerCase() === wanted),
  )
  return found?.[0] ?? OTHER_TERRITORY
}

/** Who pursues an account: a claim, or a direct deal with the account that it stands at. */
export interface Pursuer {
  id: string
  domain: string | null
  /** The name as matching sees it. */
  nameKey: string | null
  /** First in time is the one with the earlier instant. */
  since: Instant
}

/** What two pursuers met in: kept with the audit, so that the ruling's evidence can be read later. */
export interface PairEvidence {
  registrationId: string
  otherId: string
  kind: 'direct-deal' | 'registration'
  matchedOn: Reason[]
  against: Against[]
  score: number
}

/** One pair that pursue an account: a claim, and a direct deal or a later claim of another partner. */
export interface ConflictPair extends PairEvidence {
  claim: Pursuer
  other: Pursuer
  ruled: boolean
  country: string | null
  owner: string | null
}

export interface ConflictGroup {
  account: string
  sides: ConflictSides
  /** The first in time first. */
  registrations: string[]
  deals: string[]
  /** What brought each two of them together. */
  pairs: PairEvidence[]
  /** Nothing but names, addresses and the like brought them together: it is not certain that they pursue one account. */
  byName: boolean
  /** Every pair of it was ruled. */
  ruled: boolean
  country: string | null
  owner: string | null
}

/**
 * Pairs as accounts, those with a domain first, in the order of who was first. Each pair is in one of them.
 *
 * What certainly is one company is one account. What only may be is added to the first account that it may be, and to no more: else
 * names that are a little alike would make one account of many.
 */
export function groupsOf(pairs: readonly ConflictPair[]): ConflictGroup[] {
  const pursuers = new Map(pairs.flatMap(({ claim, other }) => [claim, other].map((one) => [one.id, one])))
  const inTime = [...pursuers.values()].toSorted((a, b) => compare(a.since, b.since) || compare(a.id, b.id))
  const companyOf = companiesOf(inTime, pairs)
  // An account is known by a domain where one is known.
  const byDomain = [...inTime.filter(({ domain }) => domain !== null), ...inTime]
  const ordered = [...new Set(byDomain.map(({ id }) => companyOf(id)))]
  const place = new Map(ordered.map((company, at) => [company, at]))
  const placesOf = ({ claim, other }: ConflictPair): [number, number] => {
    const [a, b] = [place.get(companyOf(claim.id)) ?? 0, place.get(companyOf(other.id)) ?? 0]
    return a < b ? [a, b] : [b, a]
  }
  const groups: { anchor: number; companies: Set<number>; pairs: ConflictPair[] }[] = []
  const groupsWith = new Map<number, typeof groups>()
  const placed = pairs.map((pair) => ({ pair, at: placesOf(pair) }))
  for (const { pair, at } of placed.toSorted((x, y) => x.at[0] - y.at[0] || x.at[1] - y.at[1])) {
    const [first, second] = at
    const of = groupsWith.get(first) ?? []
    // What is one company for certain is a row of its own, also where an earlier one may be it.
    const together = first === second ? undefined : of.find(({ companies }) => companies.has(second))
    let group = together ?? of.find(({ anchor }) => anchor === first)
    if (group === undefined) {
      group = { anchor: first, companies: new Set(), pairs: [] }
      groups.push(group)
    }
    group.pairs.push(pair)
    for (const one of at) {
      if (group.companies.has(one)) continue
      group.companies.add(one)
      groupsWith.set(one, [...(groupsWith.get(one) ?? []), group])
    }
  }
  return groups.map(({ anchor, pairs: of }) => {
    const company = ordered[anchor]
    const members = inTime.filter(({ id }) => companyOf(id) === company)
    return groupOf(labelOf(members), of)
  })
}

/** Which company each pursuer is of, as the id of one of them: what shares a domain, or a name where none has a domain, or is certain. */
function companiesOf(pursuers: readonly Pursuer[], pairs: readonly ConflictPair[]): (id: string) => string {
  const standsFor = new Map<string, string>()
  const of = (id: string): string => {
    const other = standsFor.get(id)
    if (other === undefined || other === id) return id
    const last = of(other)
    standsFor.set(id, last)
    return last
  }
  const join = (a: string, b: string) => standsFor.set(of(a), of(b))
  for (const pursuer of pursuers) join(pursuer.id, `label ${keyOf(pursuer)}`)
  for (const pair of pairs) if (isCertain(pair)) join(pair.claim.id, pair.other.id)
  return of
}

function keyOf({ id, domain, nameKey }: Pursuer): string {
  return domain === null ? (nameKey === null ? id : `name ${nameKey}`) : `domain ${domain}`
}

/** What an account is called: its domain, or its name where none is known. */
function labelOf(members: readonly Pursuer[]): string {
  const domain = members.find((one) => one.domain !== null)?.domain
  return domain ?? members.find(({ nameKey }) => nameKey !== null)?.nameKey ?? members[0]?.id ?? ''
}

function groupOf(account: string, of: ConflictPair[]): ConflictGroup {
  const inTime = [...new Map(of.flatMap(({ claim, other }) => [claim, other].map((one) => [one.id, one]))).values()]
    .toSorted((a, b) => compare(a.since, b.since) || compare(a.id, b.id))
    .map(({ id }) => id)
  const deals = new Set(of.filter(({ kind }) => kind === 'direct-deal').map(({ otherId }) => otherId))
  return {
    account,
    sides: deals.size === 0 ? 'partners' : of.every(({ kind }) => kind === 'direct-deal') ? 'direct' : 'both',
    registrations: inTime.filter((id) => !deals.has(id)),
    deals: inTime.filter((id) => deals.has(id)),
    pairs: of.map(({ registrationId, otherId, kind, matchedOn, against, score }) => {
      return { registrationId, otherId, kind, matchedOn, against, score }
    }),
    byName: !of.some(isCertain),
    ruled: of.every((p) => p.ruled),
    country: of.find((p) => p.country !== null)?.country ?? null,
    owner: of.find((p) => p.owner !== null)?.owner ?? null,
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a === b ? 0 : 1
}
