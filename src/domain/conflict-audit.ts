/** The audit of conflicts: which period is due, and by which territory an account counts. Pure. */
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

/** One pair that pursue an account. */
export interface ConflictPair {
  account: string
  registrationId: string
  otherId: string
  kind: 'direct-deal' | 'registration'
  byName: boolean
  ruled: boolean
  country: string | null
  owner: string | null
}

export interface ConflictGroup {
  account: string
  sides: ConflictSides
  registrations: string[]
  deals: string[]
  byName: boolean
  /** Every pair of it was ruled. */
  ruled: boolean
  country: string | null
  owner: string | null
}

/** Pairs as accounts, in the order of the pairs. */
export function groupsOf(pairs: readonly ConflictPair[]): ConflictGroup[] {
  return [...Map.groupBy(pairs, ({ account }) => account)].map(([account, of]) => {
    const direct = of.filter(({ kind }) => kind === 'direct-deal')
    const among = of.filter(({ kind }) => kind === 'registration')
    return {
      account,
      sides: among.length === 0 ? 'direct' : direct.length === 0 ? 'partners' : 'both',
      registrations: [...new Set([...of.map((p) => p.registrationId), ...among.map(({ otherId }) => otherId)])],
      deals: [...new Set(direct.map(({ otherId }) => otherId))],
      byName: of.every((p) => p.byName),
      ruled: of.every((p) => p.ruled),
      country: of.find((p) => p.country !== null)?.country ?? null,
      owner: of.find((p) => p.owner !== null)?.owner ?? null,
    }
  })
}
