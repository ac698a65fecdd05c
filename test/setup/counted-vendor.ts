/** A vendor that holds so many accounts without keeping them: for readings of everything, at any size and in flat memory. */
import type { Connector, ListPage, Page, VendorRecord } from '../../connectors/contract.ts'
import type { System } from '../../src/mapping/systems.ts'
import { capability, crmMappings } from './bench.ts'

const FIRST_MS = Date.UTC(2026, 0, 1)

export interface CountedVendor extends Connector {
  /** Calls of `list` so far. */
  readonly calls: number
}

const none = () => Promise.resolve([])

/** @param waitMs how long each page takes, so that there is a time to be killed in */
export function countedVendor(total: number, pageSize = 100, waitMs = 0): CountedVendor {
  let calls = 0
  return {
    capabilities: countedSystem.capabilities,
    get calls() {
      return calls
    },
    check: none,
    describe: none,
    read: none,
    write: none,
    changes: (): Promise<Page> =>
      Promise.resolve({ records: [], more: false, cursor: 'live', coveredThrough: new Date().toISOString() }),
    async list({ cursor }): Promise<ListPage> {
      calls += 1
      if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
      const from = Number(cursor ?? 0)
      const until = Math.min(from + pageSize, total)
      const records = Array.from({ length: until - from }, (_, i) => accountOf(from + i))
      return { records, cursor: until < total ? String(until) : null, total }
    },
  }
}

export const countedSystem: System = {
  name: 'counted',
  role: 'crm',
  capabilities: [capability('accounts', ['account'])],
  mappings: crmMappings.filter(({ object }) => object === 'accounts'),
  pollMs: 60_000,
  reconcileMs: null,
  deletions: {},
  mirrors: false,
}

function accountOf(n: number): VendorRecord {
  return {
    object: 'accounts',
    id: `c-${String(n)}`,
    key: null,
    version: String(n),
    modifiedAt: new Date(FIRST_MS + n).toISOString(),
    deleted: false,
    mergedInto: null,
    fields: { Name: `Account ${String(n)}`, Site: `c${String(n)}.example.com`, Country: null },
  }
}
