import type { Connector } from '../connectors/contract.ts'
import type { ActivityDeps } from './deps.ts'

export function connectorOf({ connectors }: ActivityDeps, connection: string): Connector {
  const connector = connectors.get(connection)
  if (connector === undefined) throw new Error(`no connection named ${connection}`)
  return connector
}
