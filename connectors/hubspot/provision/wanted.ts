/** One thing that the settings wish for, before it is known whether it is there. */
import type { Ctx, Making, ProvisionStep } from '../../contract.ts'
import { ConnectorError } from '../../contract.ts'
import type { Account } from './account.ts'

export interface Wanted extends Pick<ProvisionStep, 'id' | 'what' | 'object' | 'label' | 'permission' | 'after'> {
  /** Whether it is there, and in which form; null: another step says so for it. */
  look(account: Account): Promise<Found | null>
  /** Makes it. Where another made it meanwhile and HubSpot refuses, looking again says so. */
  make(account: Account): Promise<'made' | 'there'>
  /** Whether the permission is a scope that a token may have. Default: yes. */
  scoped?: boolean
}

export type Found = Pick<ProvisionStep, 'state' | 'found' | 'byHand'>

export const made: Found = { state: 'made' }
export const missing: Found = { state: 'missing' }
export const differs = (found: string): Found => ({ state: 'differs', found })

/** The step of a plan. What a missing scope hides counts as missing: making it tells whether it is there. */
export async function stepOf(
  wanted: Wanted,
  account: Account,
  granted: ReadonlySet<string> | null,
): Promise<ProvisionStep | null> {
  const { id, what, object, label, permission, after } = wanted
  const isGranted = granted === null || wanted.scoped === false ? null : granted.has(permission)
  const found = await lookAt(wanted, account)
  return found === null ? null : { id, what, object, label, permission, after, granted: isGranted, ...found }
}

/**
 * Makes one thing. HubSpot's refusal of what is there already differs from API to API, so after any refusal it is looked for: found,
 * another was faster.
 *
 * @param fresh a new look at the account
 */
export async function makeWanted(wanted: Wanted, account: Account, fresh: () => Account, ctx: Ctx): Promise<Making> {
  try {
    return await wanted.make(account)
  } catch (error) {
    if (!(error instanceof ConnectorError) || ctx.signal.aborted) throw error
    if (error.effect !== 'no' || error.fault.scope === 'connection') throw error
    const found = await wanted.look(fresh())
    if (found === null || found.state === 'missing') throw error
    return 'there'
  }
}

async function lookAt(wanted: Wanted, account: Account): Promise<Found | null> {
  try {
    return await wanted.look(account)
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_VENDOR_SCOPE') throw error
    return { state: 'missing', found: `HubSpot does not let us look: ${error.fault.message}` }
  }
}
