/** The company that a claim is about, as the check looks for it. */
import { isKnown, type Asked } from '../../db/company-search.ts'
import { ITSELF, type Met } from '../../domain/matching/met.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Registration } from '../facts.ts'

/** What a policy says of matching. */
export type Matching = Pick<Policy['matching'], 'aliases'>

/** Null where the claim says nothing that a company could be known by. */
export function prospectOf(row: Registration): Asked | null {
  const { id, company: name, domain, country, contactEmail: email, accountId } = row
  const company = { name, domain, country, email }
  if (!isKnown(company)) return null
  const accounts = new Map<string, Met>(accountId === null ? [] : [[accountId, ITSELF]])
  return { id, ...company, accounts }
}
