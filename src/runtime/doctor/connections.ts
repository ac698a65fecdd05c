/** Each connection: what its vendor says of credentials, permissions and set-up, and the address for its webhooks. */
import { unlimitedBudget } from '../../../connectors/budget.ts'
import { ConnectorError, type Connector, type Fault, type TokenStore } from '../../../connectors/contract.ts'
import { createHttp } from '../../../connectors/http.ts'
import { silentLog } from '../../../connectors/log.ts'
import { isVendor, settingsOf } from '../../../connectors/registry.ts'
import type { ConfigDocument } from '../config/schema.ts'
import { memoryTokens } from '../memory-tokens.ts'
import { note, well, wrong, type Finding } from './finding.ts'
import { examinePermissions } from './permissions.ts'

const WITHIN_MS = 30_000

/**
 * Connects by itself, so that it works while nothing runs: a token made here is used for this check only.
 *
 * @param apiUrl where the API last answered on this machine, or null
 * @param kept the tokens in the database, by which a connection that a person let in is examined; null: it does not run
 */
export async function examineConnections(
  config: ConfigDocument,
  apiUrl: string | null,
  kept: ((connection: string) => TokenStore) | null,
): Promise<Finding[]> {
  const found = await Promise.all(
    Object.entries(config.connections).map(([name, connection]) => examineOne(config, apiUrl, kept, name, connection)),
  )
  return found.flat()
}

async function examineOne(
  config: ConfigDocument,
  apiUrl: string | null,
  kept: ((connection: string) => TokenStore) | null,
  name: string,
  { vendor, settings, namedAccounts }: ConfigDocument['connections'][string],
): Promise<Finding[]> {
  if (!isVendor(vendor)) return []
  const binding = settingsOf(vendor, settings)
  if (binding.oauth !== null && kept === null)
    return [
      note(
        `connection ${name}`,
        'its tokens are in the database, which does not run',
        'Start Causeway, then look again.',
      ),
    ]
  const http = createHttp({ connection: name, budget: unlimitedBudget, log: silentLog, limits: binding.limits })
  // Only what a person let in is examined by the tokens in use; all else makes its own.
  const tokens = binding.oauth !== null && kept !== null ? kept(name) : memoryTokens()
  try {
    const readsLists = namedAccounts.length > 0
    const connector = binding.connect({ http, tokens, nowMs: Date.now, readsLists })
    const faults = await faultsOf(connector)
    const part = `connection ${name}`
    return [
      ...(faults.length === 0
        ? [well(part, `${vendor} answers and has what is needed`)]
        : faults.map((fault) => wrong(part, fault.code, fault.message))),
      ...(connector.webhooks === undefined ? [] : [webhookAddress(config, apiUrl, name)]),
      ...(faults.some(({ code }) => code === 'CW_VENDOR_AUTH') ? [] : await examinePermissions(name, connector)),
      ...(faults.length > 0 ? [] : await subscriptionsOf(config, name, connector)),
    ]
  } finally {
    http.close()
  }
}

async function faultsOf(connector: Connector): Promise<Fault[]> {
  try {
    return await connector.check({ signal: AbortSignal.timeout(WITHIN_MS), priority: 'user' })
  } catch (error) {
    if (error instanceof ConnectorError) return [error.fault]
    throw error
  }
}

/** Compared and not mended: that is done by the worker, once the connection is live. */
async function subscriptionsOf({ api }: ConfigDocument, name: string, connector: Connector): Promise<Finding[]> {
  if (connector.subscriptions === undefined || api.publicUrl === null) return []
  const part = `webhooks ${name}`
  const ctx = { signal: AbortSignal.timeout(WITHIN_MS), priority: 'user' as const }
  try {
    const url = `${api.publicUrl.replace(/\/+$/, '')}/hooks/${name}`
    const { present, missing, stray } = await connector.subscriptions.compare(url, ctx)
    if (missing.length + stray.length === 0) return [well(part, `subscribed to all ${String(present.length)}`)]
    const parts = [
      ...(missing.length === 0 ? [] : [`not subscribed to ${missing.join(', ')}`]),
      ...(stray.length === 0 ? [] : [`subscribed in vain to ${stray.join(', ')}`]),
    ]
    return [note(part, parts.join('; '), 'A running worker mends it once the connection is live.')]
  } catch (error) {
    if (error instanceof ConnectorError) return [wrong(part, error.fault.code, error.fault.message)]
    throw error
  }
}

function webhookAddress({ api }: ConfigDocument, apiUrl: string | null, name: string): Finding {
  const part = `webhooks ${name}`
  if (api.publicUrl !== null)
    return well(part, `enter at the vendor: ${api.publicUrl.replace(/\/+$/, '')}/hooks/${name}`)
  const host = apiUrl ?? `http://${api.host}:${api.port ?? '<port>'}`
  return note(
    part,
    `${host}/hooks/${name}; polling works without`,
    'Set api.publicUrl to the address that the vendor can reach.',
  )
}
