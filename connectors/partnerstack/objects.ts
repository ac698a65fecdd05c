import { ConnectorError, faultOf, type Ctx, type VendorRecord, type Write } from '../contract.ts'
import type { Client } from './client.ts'
import { isObject, textOf, type JsonObject } from './json.ts'
import { membersOf, teamOf } from './members.ts'
import { noRecord } from './read.ts'
import { dealRecord, leadRecord, partnershipRecord, type ToRecord } from './records.ts'
import type { Settings } from './settings.ts'

/** How the objects differ: the codec of their records, the lists' extra query, and how a record is addressed. */
export interface ObjectKind {
  object: string
  /** The list that it is read from. */
  list: string
  /** Rows a page of that list, when fewer than the vendor gives. */
  pageSize?: number
  toRecord: ToRecord
  /** Makes records of a page's rows where a row is not one record. */
  expand?: (rows: JsonObject[], wanted: string[], ctx: Ctx) => Promise<VendorRecord[]>
  query?: Record<string, boolean>
  keyField: string | null
  address(write: Write, ctx: Ctx): Promise<string | null>
}

export function createObjects(settings: Settings, client: Client): (object: string) => ObjectKind {
  const kinds: Record<string, ObjectKind> = {
    deals: {
      object: 'deals',
      list: 'deals',
      toRecord: dealRecord(settings),
      keyField: 'external_key',
      // Paths take a deal's external key in place of its key.
      address: (write) => Promise.resolve(write.id ?? write.key),
    },
    leads: {
      object: 'leads',
      list: 'leads',
      toRecord: leadRecord(settings),
      keyField: 'external_key',
      address: (write) => Promise.resolve(write.id ?? write.key),
    },
    partnerships: {
      object: 'partnerships',
      list: 'partnerships',
      toRecord: partnershipRecord(settings),
      query: { include_archived: true },
      keyField: null,
      address: (write, ctx) => partnershipKey(client, write.id, ctx),
    },
    members: {
      object: 'members',
      list: 'partnerships',
      // Each row costs a request for its team.
      pageSize: 50,
      toRecord: partnershipRecord(settings),
      expand: (rows, wanted, ctx) =>
        membersOf(
          client,
          rows.flatMap((row) => teamOf(settings, row) ?? []),
          wanted,
          ctx,
        ),
      keyField: null,
      address: () => Promise.resolve(null),
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
