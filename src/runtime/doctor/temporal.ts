/** The Temporal server: reachable, its version, its namespace and search attributes. */
import { Connection } from '@temporalio/client'
import { searchAttributes } from '../embedded/temporal-namespace.ts'
import { temporalConnection, type Environment } from '../environment.ts'
import { well, wrong, type Finding } from './finding.ts'

const WITHIN_MS = 5000

export async function examineTemporal(env: Environment, address: string): Promise<Finding[]> {
  const { connection: options, namespace } = temporalConnection(env, address)
  let connection: Connection
  try {
    connection = await Connection.connect({ ...options, connectTimeout: WITHIN_MS })
  } catch {
    return [wrong('temporal', 'CW_TEMPORAL_UNAVAILABLE', `does not answer at ${address}`)]
  }
  try {
    return await connection.withDeadline(Date.now() + WITHIN_MS, async () => {
      const { serverVersion } = await connection.workflowService.getSystemInfo({})
      await connection.workflowService.describeNamespace({ namespace })
      const known = await connection.operatorService.listSearchAttributes({ namespace })
      const missing = Object.keys(searchAttributes).filter((name) => !(name in known.customAttributes))
      return [
        well('temporal', `server ${serverVersion} at ${address}, namespace ${namespace}`),
        missing.length === 0
          ? well('search attributes', Object.keys(searchAttributes).join(', '))
          : wrong(
              'search attributes',
              'CW_TEMPORAL_UNAVAILABLE',
              `missing: ${missing.join(', ')}`,
              `Add them: ${missing.map((name) => `temporal operator search-attribute create --name ${name} --type Keyword --namespace ${namespace}`).join('; ')}`,
            ),
      ]
    })
  } catch {
    return [
      wrong('temporal', 'CW_TEMPORAL_UNAVAILABLE', `answers at ${address}, but namespace ${namespace} cannot be used`),
    ]
  } finally {
    await connection.close()
  }
}
