/** Change events: what the org publishes of each committed change, kept for three days under replay ids that are not contiguous. */
import { randomInt } from 'node:crypto'
import type { Org, Row, Value } from './org.ts'

export type ChangeType =
  'CREATE' | 'UPDATE' | 'DELETE' | 'UNDELETE' | 'GAP_CREATE' | 'GAP_UPDATE' | 'GAP_DELETE' | 'GAP_UNDELETE'

export interface StreamEvent {
  replayId: number
  atMs: number
  entity: string
  /** Several when one call makes the same change of several records. */
  recordIds: string[]
  changeType: ChangeType
  origin: string
  /** Null: a gap event, which carries ids alone. */
  fields: Readonly<Record<string, Value>> | null
  call: number
}

/** A CometD client: what it subscribed to and how far it was told. */
export interface StreamClient {
  cookie: string
  /** Channel → the replay id of the last event that it was told of. */
  told: Map<string, number>
  wake: () => void
}

export const published: readonly string[] = ['Account', 'Contact', 'Lead', 'Opportunity', 'User']
export const retentionMs = 3 * 86_400_000
/** A stand-in remembers no more than this of a long run. */
const remembered = 50_000

export function announce(
  org: Org,
  changeType: ChangeType,
  row: Row,
  fields: Readonly<Record<string, Value>> | null,
  by: { nowMs: number; client: string | null },
): void {
  if (!org.positions.changeEvents || !published.includes(row.type)) return
  const named = by.client !== null && org.positions.changeOriginClient ? `;client=${by.client}` : ''
  const origin = by.client === null ? 'com/salesforce/core' : `com/salesforce/api/rest/67.0${named}`
  const last = org.events.at(-1)
  if (
    last !== undefined &&
    last.call === org.call &&
    last.entity === row.type &&
    last.changeType === changeType &&
    last.origin === origin &&
    JSON.stringify(last.fields) === JSON.stringify(fields)
  ) {
    last.recordIds.push(row.id)
    return
  }
  org.lastReplayId += randomInt(1, 4)
  const event = {
    replayId: org.lastReplayId,
    atMs: by.nowMs,
    entity: row.type,
    recordIds: [row.id],
    changeType,
    origin,
  }
  org.events.push({ ...event, fields, call: org.call })
  if (org.events.length > remembered) org.events.splice(0, remembered / 10)
  // After the call has ended, so that its events go out together.
  for (const client of org.streamClients.values()) setImmediate(client.wake)
}
