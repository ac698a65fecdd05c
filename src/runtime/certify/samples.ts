/** Marked records to try a vendor with: what a person who finds one must see at once is that it may go. */
import { randomUUID } from 'node:crypto'
import type { RecordKind } from '../../domain/records.ts'
import type { CanonicalRecord } from '../../mapping/translate.ts'

export const MARK = 'Causeway certify'

/** In the order in which one refers to the other. Users and registrations are made by people alone. */
export const triedKinds = ['partner', 'account', 'contact', 'deal', 'lead', 'party'] as const satisfies RecordKind[]
export type TriedKind = (typeof triedKinds)[number]

export interface Sample {
  id: string
  kind: TriedKind
  values: CanonicalRecord
}

/**
 * A sample of each kind that refers to the others.
 *
 * @param stamp tells the records of one run from those of others
 * @param currency ISO 4217, one that the vendor's account has
 */
export function samples(stamp: string, currency: string, today: string): Map<TriedKind, Sample> {
  const ids = Object.fromEntries(triedKinds.map((kind) => [kind, randomUUID()]))
  const at = `causeway-certify-${stamp}.example`
  const name = `${MARK} ${stamp}`
  const values: Record<TriedKind, CanonicalRecord> = {
    partner: { name: `${name} partner`, domain: `partner.${at}`, state: 'active' },
    account: { name: `${name} account`, domain: at, accountType: 'prospect' },
    contact: {
      name: `${MARK} ${stamp}`,
      firstName: 'Causeway',
      lastName: `certify ${stamp}`,
      email: `certify@partner.${at}`,
      partnerId: ids['partner'] ?? null,
      state: 'active',
    },
    deal: {
      name: `${name} deal`,
      amount: '1.00',
      currency,
      closeDate: today,
      status: 'open',
      source: 'partner-sourced',
      accountId: ids['account'] ?? null,
      partnerId: ids['partner'] ?? null,
      registrationStatus: 'approved',
    },
    lead: {
      company: `${name} lead`,
      contactName: `Causeway ${stamp}`,
      contactEmail: `lead@${at}`,
      state: 'new',
      direction: 'from-partner',
      partnerId: ids['partner'] ?? null,
    },
    party: { dealId: ids['deal'] ?? null, partnerId: ids['partner'] ?? null, accountId: null, role: 'sourcing' },
  }
  return new Map(triedKinds.map((kind) => [kind, { id: ids[kind] ?? '', kind, values: values[kind] }]))
}
