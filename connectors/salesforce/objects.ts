import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'

/** What is peculiar to an object: whether merges leave the winner's id on it. */
export const objects: Record<string, { merges: boolean }> = {
  Account: { merges: true },
  Opportunity: { merges: false },
}

export function capabilities(settings: Settings): Capability[] {
  const both = {
    roles: ['crm'],
    read: 'changes',
    deletes: 'feed',
    write: 'upsert',
    update: true,
    key: settings.fields.key,
    batch: 200,
    conditional: false,
    visibleAfterMs: settings.visibleAfterMs,
  } satisfies Partial<Capability>
  return [
    { ...both, object: 'Account', kinds: ['account', 'partner'], group: null },
    // Children of one account wait for the account's lock.
    { ...both, object: 'Opportunity', kinds: ['deal'], group: 'parent' },
  ]
}
