/** What a connection may do at its vendor against what it needs: what is missing, and what it could do without. */
import { ConnectorError, type Access, type Connector, type Permission } from '../../../connectors/contract.ts'
import { note, well, wrong, type Finding } from './finding.ts'

const WITHIN_MS = 30_000

export async function examinePermissions(name: string, connector: Pick<Connector, 'access'>): Promise<Finding[]> {
  if (connector.access === undefined) return []
  const part = `permissions ${name}`
  try {
    return told(part, await connector.access({ signal: AbortSignal.timeout(WITHIN_MS), priority: 'user' }))
  } catch (error) {
    if (error instanceof ConnectorError) return [wrong(part, error.fault.code, error.fault.message)]
    throw error
  }
}

function told(part: string, { missing, excessive, unknown }: Access): Finding[] {
  const found = [
    ...missing.map((one) => wrong(part, 'CW_VENDOR_SCOPE', `lacks ${named(one)}`)),
    ...byReason(excessive).map(({ names, why }) =>
      note(
        part,
        `could do without ${names.join(', ')} (${why})`,
        `Take ${names.length === 1 ? 'it' : 'them'} away from the integration’s user or app.`,
      ),
    ),
    ...unknown.map((what) => note(part, `cannot be found out: ${what}`)),
  ]
  return found.some(({ status }) => status === 'wrong') || excessive.length > 0
    ? found
    : [well(part, 'all that is needed, and nothing more'), ...found]
}

/** What is told of many for one reason is told once. */
function byReason(permissions: Permission[]): { why: string; names: string[] }[] {
  return [...Map.groupBy(permissions, ({ why }) => why)].map(([why, all]) => ({
    why,
    names: all.map(({ name }) => name),
  }))
}

function named({ name, why }: Permission): string {
  return `${name} (${why})`
}
