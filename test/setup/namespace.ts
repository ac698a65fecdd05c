import { randomBytes } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common/lib/time.js'
import { inject } from 'vitest'
import { until } from './until.ts'

/** A Temporal namespace of a test file's own, so that files share one server and not their workflows. */
export async function createTestNamespace(): Promise<{
  address: string
  namespace: string
  client: Client
  close(): Promise<void>
}> {
  const address = inject('temporalAddress')
  const connection = await Connection.connect({ address })
  const namespace = `test-${randomBytes(6).toString('hex')}`
  await connection.workflowService.registerNamespace({
    namespace,
    // A namespace without a retention is refused; one day is the shortest.
    workflowExecutionRetentionPeriod: msToTs('1 day'),
  })
  const client = new Client({ connection, namespace })
  // The server's caches learn of a new namespace with a delay.
  await until(
    () =>
      client.workflow.count().then(
        () => true,
        () => false,
      ),
    { deadlineMs: 30_000 },
  )
  return { address, namespace, client, close: () => connection.close() }
}
