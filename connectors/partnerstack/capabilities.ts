import type { Capability } from '../contract.ts'
import type { Settings } from './settings.ts'

/**
 * What the connector does with PartnerStack's objects. Archived records leave the lists without a trace, so deletes are found by
 * probing; the portal's users create, we set.
 */
export function capabilities({ visibilityLagMs }: Settings): Capability[] {
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
  } satisfies Partial<Capability>
  return [
    { ...common, object: 'partnerships', kinds: ['partner'], key: null },
    { ...common, object: 'deals', kinds: ['registration'], key: 'external_key' },
  ]
}
