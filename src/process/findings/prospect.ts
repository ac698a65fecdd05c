/** The company that a claim is about, as the check looks for it. */
import { askedRows } from '../../db/company-search.ts'
import { rulesOf } from '../../domain/matching/aliases.ts'
import { profile, type Company } from '../../domain/matching/company.ts'
import { match, type Match } from '../../domain/matching/match.ts'
import { keysWithAliases } from '../../domain/matching/search-keys.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Registration } from '../facts.ts'

/** What a policy says of matching. */
export type Matching = Pick<Policy['matching'], 'aliases'>

export interface Prospect {
  claimId: string
  /** What it is looked up by, for `jsonb_to_recordset`: the claim's own keys, and one row for each other domain of the company. */
  asked: string
  /** Null: it is another company. */
  meets(other: Company): Met | null
}

/** How the claim's company and another one met. */
export type Met = Pick<Match, 'matchedOn' | 'against' | 'score'>

/** Null where the claim says nothing that a company could be known by. */
export function prospectOf(row: Registration, { aliases }: Matching): Prospect | null {
  const own = profile({ name: row.company, domain: row.domain, country: row.country, email: row.contactEmail })
  if (own.name === null && own.domain === null && own.email === null) return null
  const rules = rulesOf({ aliases })
  const keys = keysWithAliases(own, row.company, aliases)
  return {
    claimId: row.id,
    asked: askedRows(keys.map((each) => ({ ...each, asked_id: row.id }))),
    meets: (other) => {
      const { verdict, ...met } = match(own, profile(other), rules)
      return verdict === 'different' ? null : met
    },
  }
}
