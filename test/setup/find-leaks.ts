/** Looks for data in what Temporal keeps: every event of every history, decoded, and what a description shows besides. */
import type { Client } from '@temporalio/client'

export interface Leak {
  workflowId: string
  /** Where: `event 7: activityTaskStartedEventAttributes.lastFailure.message`. */
  where: string
  /** The forbidden text that was found. */
  found: string
  /** The words around it. */
  near: string
}

/**
 * Reads all that the namespace's workflows left on the server and answers each place that holds a forbidden text, whatever its
 * case. Give texts that nothing but the data holds: `Hafenwerk Zorn`, not `AG`.
 *
 * @throws when the namespace holds no workflow, for then nothing was looked at
 */
export async function findLeaks(client: Client, forbidden: string[]): Promise<Leak[]> {
  const leaks: Leak[] = []
  let workflows = 0
  for await (const { workflowId, runId } of client.workflow.list()) {
    workflows += 1
    const handle = client.workflow.getHandle(workflowId, runId)
    const { events } = await handle.fetchHistory()
    for (const event of events ?? []) look(`event ${String(event.eventId)}`, event, forbidden, workflowId, leaks)
    const { raw } = await handle.describe()
    look('description', raw, forbidden, workflowId, leaks)
  }
  if (workflows === 0) throw new Error('the namespace holds no workflow, so that nothing was looked at')
  return leaks
}

function look(where: string, value: unknown, forbidden: string[], workflowId: string, leaks: Leak[]): void {
  for (const [path, text] of texts(value, '')) {
    const lower = text.toLowerCase()
    for (const found of forbidden) {
      const at = lower.indexOf(found.toLowerCase())
      if (at >= 0)
        leaks.push({ workflowId, where: `${where}: ${path}`, found, near: text.slice(Math.max(0, at - 60), at + 60) })
    }
  }
}

/** Every text within, bytes read as text: payloads are JSON in bytes. */
function* texts(value: unknown, path: string): Generator<[string, string]> {
  if (typeof value === 'string') yield [path, value]
  else if (value instanceof Uint8Array) yield [path, Buffer.from(value).toString('utf8')]
  else if (typeof value === 'object' && value !== null) {
    for (const [key, inner] of Object.entries(value)) {
      yield [`${path}.${key}`, key]
      yield* texts(inner, path === '' ? key : `${path}.${key}`)
    }
  }
}
