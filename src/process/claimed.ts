/** What a claim's row says, in the form that edits of it are noticed by. */
import { createHash } from 'node:crypto'
import { claimedSince, followKeys, type ClaimedKeys, type PresentKeys } from '../domain/claimed-keys.ts'
import type { Matched } from '../domain/ruling.ts'
import type { Instant } from '../domain/time.ts'
import type { Registration } from './facts.ts'
import { submissionOf } from './submission.ts'

/** The name counts as matching sees it: another spelling of one company is no other claim. */
export function presentKeys(row: Registration): PresentKeys {
  return {
    company: hashOf(row.nameKey),
    domain: hashOf(row.domain),
    contactName: hashOf(row.contactName),
    contactEmail: hashOf(row.contactEmail?.toLowerCase() ?? null),
    amount: hashOf(row.amount),
    currency: hashOf(row.currency),
    closeDate: hashOf(row.closeDate),
    products: hashOf(row.products),
  }
}

/** The keys of the claim as it is now: what was edited since it was last looked at counts from its edit. */
export function keysOf(row: Registration): ClaimedKeys {
  return followKeys(row.claimedKeys, presentKeys(row), (field) => row.touched[field] ?? row.updatedAt)
}

/** From when the claim counts against another that it met on these keys. */
export function claimInstant(row: Registration, clockAheadMs: number | null, matchedOn: readonly Matched[]): Instant {
  return claimedSince(keysOf(row), submissionOf(row, clockAheadMs), matchedOn)
}

/** Not for secrecy: so that an address is erased where it stands and nowhere else. The release's migration computes the same. */
function hashOf(value: string | null): string | null {
  return value === null ? null : createHash('md5').update(value).digest('hex')
}
