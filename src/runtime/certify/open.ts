/** Opens one connection for certification, whether or not anything of the product runs. */
import { unlimitedBudget } from '../../../connectors/budget.ts'
import { createHttp } from '../../../connectors/http.ts'
import { silentLog } from '../../../connectors/log.ts'
import { isVendor, settingsOf } from '../../../connectors/registry.ts'
import { CausewayError } from '../../errors.ts'
import type { System } from '../../mapping/systems.ts'
import type { ConfigDocument } from '../config/schema.ts'
import { memoryTokens } from '../memory-tokens.ts'
import { certify } from './certify.ts'
import type { CertifyReport, Step } from './report.ts'

export interface CertifyRequest {
  connection: string
  objects?: string[] | undefined
  signal: AbortSignal
  say: (step: Step) => void
}

/** @throws CW_NOT_FOUND when the configuration has no such connection */
export async function certifyConnection(config: ConfigDocument, request: CertifyRequest): Promise<CertifyReport> {
  const connection = config.connections[request.connection]
  if (connection === undefined || !isVendor(connection.vendor))
    throw new CausewayError('CW_NOT_FOUND', `The configuration has no connection ${request.connection}`, {
      connections: Object.keys(config.connections),
    })
  const { vendor, role, settings, poll } = connection
  const binding = settingsOf(vendor, settings)
  const http = createHttp({
    connection: request.connection,
    budget: unlimitedBudget,
    log: silentLog,
    limits: binding.limits,
  })
  try {
    const connector = binding.connect({ http, tokens: memoryTokens(), nowMs: Date.now })
    const system: System = {
      name: request.connection,
      role,
      capabilities: connector.capabilities,
      mappings: binding.mappings,
      pollMs: poll,
      reconcileMs: null,
      deletions: {},
      mirrors: false,
    }
    const { currency } = settings
    return await certify({
      system,
      connector,
      vendor,
      objects: request.objects,
      currency: typeof currency === 'string' ? currency : 'USD',
      signal: request.signal,
      nowMs: Date.now,
      say: request.say,
    })
  } finally {
    http.close()
  }
}
