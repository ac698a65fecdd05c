/** The road's side of Temporal: which workflow an id stands for, and how it is started or woken. */
import { Client, Connection } from '@temporalio/client'
import type { ConnectionOptions } from '@temporalio/client'
import type { Wake } from '../process/relay.ts'

export const TASK_QUEUE = 'causeway'

export interface TemporalSettings {
  connection: ConnectionOptions
  namespace: string
}

/** Connects lazily: a Temporal server that is down at start is found as soon as it is back. */
export function openTemporal({ connection: options, namespace }: TemporalSettings): {
  client: Client
  close(): Promise<void>
} {
  const connection = Connection.lazy(options)
  return { client: new Client({ connection, namespace }), close: () => connection.close() }
}

/** Signal-with-start: a process that runs is woken, one that does not is started; both are the same entry. */
export function wakeWith(client: Client): Wake {
  return async (workflowId) => {
    const { type, args } = targetOf(workflowId)
    await client.workflow.signalWithStart(type, {
      workflowId,
      taskQueue: TASK_QUEUE,
      args,
      signal: 'wake',
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      // Steps are short; a worker that was killed in the middle of one is replaced after this.
      workflowTaskTimeout: '5 seconds',
    })
  }
}

/** The workflow that an id names, and what it is started with. */
export function targetOf(workflowId: string): { type: string; args: unknown[] } {
  const [type = '', first = '', ...rest] = workflowId.split('/')
  switch (type) {
    case 'registration':
      return { type, args: [{ registrationId: first, by: 'turns' }] }
    case 'direct-deal':
      return { type: 'directDealReview', args: [{ reviewId: first, by: 'turns' }] }
    case 'stream':
      return { type, args: [{ connection: first, object: rest.join('/') }] }
    case 'sender':
      return { type, args: [{ connection: first }] }
    default:
      return { type, args: [] }
  }
}

/** Names the server and namespace: another answer means that every process has to be started again from its row. */
export async function identityOf(client: Client): Promise<string> {
  const { namespaceInfo } = await client.workflowService.describeNamespace({ namespace: client.options.namespace })
  const { clusterId } = await client.workflowService.getClusterInfo({})
  return `${clusterId} ${namespaceInfo?.id ?? ''}`
}
