import type { ZodError } from 'zod'
import { CausewayError } from '../src/errors.ts'
import type { ObjectMapping } from '../src/mapping/definition.ts'
import type { Connector, ConnectorDeps, ConnectorModule, OAuthApp, SetUp, Usage, VendorLimits } from './contract.ts'
import { hubspot } from './hubspot/index.ts'
import { partnerstack } from './partnerstack/index.ts'
import { salesforce } from './salesforce/index.ts'

/** A vendor with one connection's settings, checked: what the rest of the system needs without knowing the settings' type. */
export interface ConfiguredVendor {
  vendor: Vendor
  limits: VendorLimits
  /** Reads the vendor's limit headers; absent when it sends none. For `HttpOptions.usage`. */
  usage: ((headers: Record<string, string>) => Usage | null) | undefined
  /** The mapping that an unedited configuration uses. */
  mappings: ObjectMapping[]
  /** The app by which a person lets us in; null: the settings hold all that is needed. */
  oauth: OAuthApp | null
  connect(deps: ConnectorDeps): Connector
}

// Adding a vendor is a line in each of these and a folder.
const modules = { hubspot, partnerstack, salesforce }
const vendors = {
  hubspot: entry(hubspot),
  partnerstack: entry(partnerstack),
  salesforce: entry(salesforce),
}

const setUps = { hubspot: hubspot.setUp, partnerstack: partnerstack.setUp, salesforce: salesforce.setUp }

export type Vendor = keyof typeof vendors

/** In alphabetical order. */
export function vendorNames(): Vendor[] {
  return Object.keys(vendors).filter(isVendor).toSorted()
}

export function isVendor(name: string): name is Vendor {
  return Object.hasOwn(vendors, name)
}

/** What a vendor's settings keep apart; see `ConnectorModule.apart`. */
export function apartOf(name: string): ConnectorModule<unknown>['apart'] {
  return isVendor(name) ? modules[name].apart : { secret: [], environment: [] }
}

/**
 * Checks a connection's settings (secrets resolved) and binds them to their vendor.
 *
 * @throws CausewayError `CW_CONFIG_INVALID`; `detail.issues` holds `{ path, message }` for each finding, never a value.
 */
export function settingsOf(vendor: Vendor, settings: unknown): ConfiguredVendor {
  return { vendor, ...vendors[vendor](settings) }
}

/** `settingsOf` and `connect` in one. */
export function openConnector(vendor: Vendor, settings: unknown, deps: ConnectorDeps): Connector {
  return settingsOf(vendor, settings).connect(deps)
}

/** What a guided set-up asks about each vendor. */
export function setUpOf(vendor: Vendor): SetUp {
  return setUps[vendor]
}

/** Closes over the settings' type, so that modules of different settings stand in one table. */
function entry<Settings>(module: ConnectorModule<Settings>): (given: unknown) => Omit<ConfiguredVendor, 'vendor'> {
  return (given) => {
    const checked = module.settings.safeParse(given)
    if (!checked.success) throw invalid(module.vendor, checked.error)
    const settings = checked.data
    return {
      limits: module.limits(settings),
      usage: module.usage === undefined ? undefined : (headers) => module.usage?.(headers) ?? null,
      mappings: module.mappings(settings),
      oauth: module.oauth?.(settings) ?? null,
      connect: (deps) => module.create(settings, deps),
    }
  }
}

function invalid(vendor: string, error: ZodError): CausewayError {
  const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }))
  const first = issues.map(({ path, message }) => `${path === '' ? 'settings' : path}: ${message}`).join('; ')
  return new CausewayError('CW_CONFIG_INVALID', `The settings of a ${vendor} connection are not valid: ${first}`, {
    issues,
  })
}
