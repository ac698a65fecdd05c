import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'

/**
 * What the connector does with PartnerStack's objects. Archived records leave the lists without a trace, so deletes are found by
 * probing. Partners make partnerships and deals, and we set; members of a team and leads are made from either side.
 */
export function capabilities({ visibilityLagMs, objects, webhooks }: Settings): Capability[] {
  const common = {
    roles: ['portal'],
    read: 'changes',
    deletes: 'probe',
    write: 'set',
    update: true,
    batch: 20,
    group: null,
    conditional: false,
    visibleAfterMs: visibilityLagMs,
    hinted: webhooks,
  } satisfies Partial<Capability>
  const all: Capability[] = [
    { ...common, object: 'partnerships', kinds: ['partner'], key: null },
    // The e-mail makes a member one: adding it twice is adding it once. The API has no way to change or remove one.
    { ...common, object: 'members', kinds: ['contact'], key: null, update: false, hinted: false },
    { ...common, object: 'deals', kinds: ['registration'], key: 'external_key' },
    { ...common, object: 'leads', kinds: ['lead'], key: 'external_key', write: 'upsert' },
  ]
  return all.filter(({ object }) => objects.some((wanted) => wanted === object))
}
