/**
 * How a vendor's record may differ from what we hold. `field`: the vendor holds other values than were last seen; `unknown-here`: a
 * record that was never read, or was taken for deleted; `gone-there`: one that is no longer found; `behind`: the vendor lacks what
 * the ledger says and nothing is on its way.
 */
export const driftKinds = ['field', 'unknown-here', 'gone-there', 'behind'] as const
export type DriftKind = (typeof driftKinds)[number]
