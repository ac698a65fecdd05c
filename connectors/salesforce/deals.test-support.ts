/** Writes of deals, and what came of them. */
import { z } from 'zod'
import type { Fault, Fields, Outcome, Page, VendorRecord, Write } from '../contract.ts'
import { ctx } from './org.test-support.ts'
import type { Org } from './org.test-support.ts'

/** A deal as users of the org make it. */
export const deal = { Name: 'Seeded', StageName: 'Qualification', CloseDate: '2027-03-31' }

/** An upsert of `deal-n`, unless `more` says otherwise. */
export function write(n: number, fields: Fields, more: Partial<Write> = {}): Write {
  return {
    ref: `w${String(n)}`,
    object: 'Opportunity',
    mode: 'upsert',
    id: null,
    key: `deal-${String(n)}`,
    parent: null,
    ifVersion: null,
    fields: { Name: `Deal ${String(n)}`, ...fields },
    ...more,
  }
}

export function stored(outcome: Outcome | undefined): VendorRecord | null {
  return outcome?.status === 'done' ? outcome.stored : null
}

export function idOf(outcome: Outcome | undefined): string {
  return outcome?.status === 'done' ? outcome.id : ''
}

export function fault(outcome: Outcome | undefined): Fault | null {
  return outcome === undefined || outcome.status === 'done' ? null : outcome.fault
}

export function changes(
  org: Org,
  cursor: string | null = null,
  object = 'Opportunity',
  fields = ['Name'],
): Promise<Page> {
  return org.connector.changes({ object, cursor, from: null, fields }, ctx())
}

const seeded = z.object({ accounts: z.array(z.string()), opportunities: z.array(z.string()) })

/** Seeds the org and answers the ids of what was made. */
export async function seed(org: Org, document: unknown): Promise<z.output<typeof seeded>> {
  return seeded.parse(await org.sandbox.control.seed(document))
}
