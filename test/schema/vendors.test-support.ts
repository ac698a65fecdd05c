/** The sandboxes of the three vendors with a connector to each, for tests of schemas that change. */
import { unlimitedBudget } from '../../connectors/budget.ts'
import type { Capability, Connector } from '../../connectors/contract.ts'
import { createHttp } from '../../connectors/http.ts'
import { silentLog } from '../../connectors/log.ts'
import { settingsOf, type Vendor } from '../../connectors/registry.ts'
import { hubspotSandbox, serviceKey } from '../../sandbox/hubspot/index.ts'
import { partnerstackKeys, partnerstackSandbox } from '../../sandbox/partnerstack/index.ts'
import { startSandbox, type RunningSandbox } from '../../sandbox/framework/start.ts'
import { salesforceSandbox } from '../../sandbox/salesforce/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import type { ObjectMapping } from '../../src/mapping/definition.ts'
import { memoryTokens } from '../../src/runtime/memory-tokens.ts'

export interface SandboxedVendor {
  sandbox: RunningSandbox
  connector: Connector
  mappings: ObjectMapping[]
  capability(object: string): Capability
  close(): Promise<void>
}

export async function startVendor(vendor: Vendor, more: Record<string, unknown> = {}): Promise<SandboxedVendor> {
  const sandbox = await started(vendor)
  const binding = settingsOf(vendor, { ...settingsFor(vendor, sandbox.url), ...more })
  const http = createHttp({ connection: vendor, budget: unlimitedBudget, log: silentLog, limits: binding.limits })
  const connector = binding.connect({ http, tokens: memoryTokens(), nowMs: Date.now })
  return {
    sandbox,
    connector,
    mappings: binding.mappings,
    capability(object) {
      const found = connector.capabilities.find((one) => one.object === object)
      if (found === undefined) throw new Error(`${vendor} has no ${object}`)
      return found
    },
    async close() {
      http.close()
      await sandbox.close()
    },
  }
}

function started(vendor: Vendor): Promise<RunningSandbox> {
  switch (vendor) {
    case 'salesforce':
      return startSandbox(salesforceSandbox)
    case 'hubspot':
      return startSandbox(hubspotSandbox)
    case 'partnerstack':
      return startSandbox(partnerstackSandbox)
  }
}

function settingsFor(vendor: Vendor, url: string): Record<string, unknown> {
  switch (vendor) {
    case 'salesforce':
      return { loginUrl: url, clientId: app.clientId, clientSecret: app.clientSecret }
    case 'hubspot':
      return { baseUrl: url, accessToken: serviceKey, searchLagMs: 0 }
    case 'partnerstack':
      return { baseUrl: `${url}/api/v2`, ...partnerstackKeys.production }
  }
}
