/**
 * By what a claim names its prospect (domain, name, contact), and since when. Pure.
 *
 * A claim counts from its submission. What an edit brings in counts from that edit: else a partner could write another company into
 * an old registration and stand before everybody. What matched by a key that was there from the beginning counts from the beginning.
 */
import type { Instant } from './time.ts'

export const claimKeyNames = ['domain', 'name', 'contact-email'] as const
export type ClaimKey = (typeof claimKeyNames)[number]

/** Each key as a hash (null: the claim has none), and since when it is claimed; null: since the submission. */
export type ClaimedKeys = Record<ClaimKey, { hash: string | null; since: Instant | null }>

/** The same as they are now. */
export type PresentKeys = Record<ClaimKey, string | null>

/** Whether the claim names its prospect otherwise than when it was last checked. One that was never checked is not edited. */
export function isEdited(claimed: ClaimedKeys | null, present: PresentKeys): boolean {
  return claimed !== null && claimKeyNames.some((key) => claimed[key].hash !== present[key])
}

/**
 * The keys as they are to be kept from now on.
 *
 * @param at when each key was changed
 */
export function followKeys(
  claimed: ClaimedKeys | null,
  present: PresentKeys,
  at: (key: ClaimKey) => Instant,
): ClaimedKeys {
  const follow = (key: ClaimKey) => {
    if (claimed === null) return { hash: present[key], since: null }
    return claimed[key].hash === present[key] ? claimed[key] : { hash: present[key], since: at(key) }
  }
  return { domain: follow('domain'), name: follow('name'), 'contact-email': follow('contact-email') }
}

/** From when the claim counts against another that it met on these keys. */
export function claimedSince(
  claimed: ClaimedKeys | null,
  submission: Instant,
  matchedOn: readonly ClaimKey[],
): Instant {
  const instants = matchedOn.map((key) => {
    const since = claimed?.[key].since ?? submission
    return since > submission ? since : submission
  })
  return instants.toSorted()[0] ?? submission
}
