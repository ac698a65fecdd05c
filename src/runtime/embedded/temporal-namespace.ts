import { Connection } from '@temporalio/client'
import proto from '@temporalio/proto'
import { msToTs } from '@temporalio/common/lib/time.js'

/** What a list of workflows can be searched by. Ids and kinds only: search attributes are never encrypted. */
export const searchAttributes = {
  /** The kind of process: registration, lead, partner … */
  ProcessKind: 'Keyword',
  /** The id of the row that the process carries. */
  RecordId: 'Keyword',
} as const

/** How long a closed workflow's history can be read. */
const retention = '30 days'

/**
 * Gives the namespace its retention and search attributes. Repeating it changes nothing.
 *
 * @param withinMs how long to wait for its answers; the server listens already
 */
export async function prepareNamespace(address: string, namespace: string, withinMs: number): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: withinMs })
  try {
    await connection.withDeadline(Date.now() + withinMs, async () => {
      const facts = await connection.workflowService.describeNamespace({ namespace })
      const wished = msToTs(retention)
      if (!facts.config?.workflowExecutionRetentionTtl?.seconds?.equals(wished.seconds ?? 0)) {
        await connection.workflowService.updateNamespace({
          namespace,
          config: { workflowExecutionRetentionTtl: wished },
        })
      }
      const missing = await missingAttributes(connection, namespace)
      if (missing.length > 0) await addKeywords(connection, namespace, missing)
    })
  } finally {
    await connection.close()
  }
}

async function missingAttributes(connection: Connection, namespace: string): Promise<string[]> {
  const known = await connection.operatorService.listSearchAttributes({ namespace })
  return Object.keys(searchAttributes).filter((name) => !(name in known.customAttributes))
}

async function addKeywords(connection: Connection, namespace: string, names: string[]): Promise<void> {
  const keyword = proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
  try {
    await connection.operatorService.addSearchAttributes({
      namespace,
      searchAttributes: Object.fromEntries(names.map((name) => [name, keyword])),
    })
  } catch (error) {
    // Another start may have added them in the same moment; what counts is that they are there.
    if ((await missingAttributes(connection, namespace)).length > 0) throw error
  }
}
