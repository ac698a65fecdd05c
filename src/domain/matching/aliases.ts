/** Domains that a policy says are of one company. */
import { readDomain } from '../identity.ts'
import type { MatchingRules } from './match.ts'

/** @param groups as the policy lists them; what is no domain there stands for nothing */
export function rulesOf({ aliases: groups }: { aliases: readonly (readonly string[])[] }): MatchingRules {
  const standsFor = new Map<string, string>()
  for (const group of groups) {
    const domains = group.flatMap((text) => {
      const read = readDomain(text)
      return read.ok && read.domain !== null ? [read.domain] : []
    })
    // A domain that two groups name joins them.
    const first = domains.map((domain) => standsFor.get(domain)).find((one) => one !== undefined) ?? domains[0]
    if (first === undefined) continue
    const joined = new Set(domains.map((domain) => standsFor.get(domain)))
    for (const [domain, one] of standsFor) if (joined.has(one)) standsFor.set(domain, first)
    for (const domain of domains) standsFor.set(domain, first)
  }
  return { aliasOf: (domain) => standsFor.get(domain) ?? domain }
}

/** The other domains that the policy says are of the same company. */
export function aliasesOf(groups: readonly (readonly string[])[], domain: string): string[] {
  const { aliasOf } = rulesOf({ aliases: groups })
  const all = groups.flat().flatMap((text) => {
    const read = readDomain(text)
    return read.ok && read.domain !== null ? [read.domain] : []
  })
  return [...new Set(all)].filter((other) => other !== domain && aliasOf(other) === aliasOf(domain))
}
