import { ConnectorError, faultOf, type Ctx, type Write } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, textOf } from './json.ts'
import { noRecord } from './read.ts'
import { dealRecord, partnershipRecord, type ToRecord } from './records.ts'
import type { Settings } from './settings.ts'

/** How the two objects differ: the codec of their records, the lists' extra query, and how a record is addressed. */
export interface ObjectKind {
  object: string
  toRecord: ToRecord
  query?: Record<string, boolean>
  keyField: string | null
  address(write: Write, ctx: Ctx): Promise<string | null>
}

export function createObjects(settings: Settings, client: Client): (object: string) => ObjectKind {
  const kinds: Record<string, ObjectKind> = {
    deals: {
      object: 'deals',
      toRecord: dealRecord(settings),
      keyField: 'external_key',
      // Paths take a deal's external key in place of its key.
      address: (write) => Promise.resolve(write.id ?? write.key),
    },
    partnerships: {
      object: 'partnerships',
      toRecord: partnershipRecord(settings),
      query: { include_archived: true },
      keyField: null,
      address: (write, ctx) => partnershipKey(client, write.id, ctx),
    },
  }
  return (object) => {
    const kind = kinds[object]
    if (kind !== undefined) return kind
    throw new ConnectorError(faultOf('CW_REQUEST_INVALID', `The connector has no object ${object}`), 'no')
  }
}

/** A partnership is read by either identifier and changed by its own key only. */
async function partnershipKey(client: Client, id: string | null, ctx: Ctx): Promise<string | null> {
  if (id === null) return null
  const path = `/partnerships/${encodeURIComponent(id)}`
  const answer = await client.call({ method: 'GET', path, route: '/partnerships/{key}' }, ctx)
  if (answer.status === 'refused') throw new ConnectorError(answer.fault, 'no')
  if (answer.status === 'absent') return null
  const key = isObject(answer.data) ? textOf(answer.data['key']) : null
  if (key === null) throw new ConnectorError(noRecord('partnerships'), 'no')
  return key
}
