/** Every request the sandbox got: the last ones in full, and counts of all. No credentials are kept. */
export interface LoggedRequest {
  number: number
  /** By the sandbox's clock. */
  at: string
  method: string
  path: string
  /** `PATCH /api/v2/deals/:key`, or null for a route that the sandbox does not know. */
  route: string | null
  query: Record<string, string>
  headers: Record<string, string>
  /** What the client got, or 0 when it got no status line. */
  status: number
  /** Real time until the answer was sent or cut. */
  ms: number
  bytesIn: number
  bytesOut: number
  faults: string[]
}

export interface RequestFilter {
  method?: string
  route?: string
  /** Contained in the path. */
  path?: string
  status?: number
  /** Only requests after this number. */
  after?: number
  /** Only those that a fault struck, or only those that none struck. */
  faulted?: boolean
  limit?: number
}

export interface RequestCounts {
  total: number
  byRoute: Record<string, { total: number; byStatus: Record<string, number>; faults: Record<string, number> }>
  unknown: number
}

export interface RequestLog {
  add(entry: Omit<LoggedRequest, 'number'>): void
  /** Oldest first; with a limit, the newest that many. */
  list(filter?: RequestFilter): LoggedRequest[]
  counts(): RequestCounts
  unknown(): LoggedRequest[]
  clear(): void
}

export function createRequestLog(capacity = 50_000): RequestLog {
  let entries: LoggedRequest[] = []
  let unknown: LoggedRequest[] = []
  let counts: RequestCounts = { total: 0, byRoute: {}, unknown: 0 }
  let last = 0
  return {
    add(input) {
      last += 1
      const entry = { number: last, ...input }
      entries.push(entry)
      // Cut in slabs: shifting one by one would cost a copy for each request.
      if (entries.length >= capacity * 1.1) entries = entries.slice(-capacity)
      counts.total += 1
      if (entry.route === null) {
        counts.unknown += 1
        if (unknown.length < 1000) unknown.push(entry)
        return
      }
      const route = (counts.byRoute[entry.route] ??= { total: 0, byStatus: {}, faults: {} })
      route.total += 1
      route.byStatus[entry.status] = (route.byStatus[entry.status] ?? 0) + 1
      for (const kind of entry.faults) route.faults[kind] = (route.faults[kind] ?? 0) + 1
    },
    list(filter = {}) {
      const found = entries.slice(-capacity).filter((entry) => passes(entry, filter))
      return filter.limit === undefined ? found : found.slice(Math.max(0, found.length - filter.limit))
    },
    counts: () => counts,
    unknown: () => unknown,
    clear() {
      entries = []
      unknown = []
      counts = { total: 0, byRoute: {}, unknown: 0 }
    },
  }
}

function passes(entry: LoggedRequest, filter: RequestFilter): boolean {
  return (
    (filter.method === undefined || entry.method === filter.method) &&
    (filter.route === undefined || entry.route === filter.route) &&
    (filter.path === undefined || entry.path.includes(filter.path)) &&
    (filter.status === undefined || entry.status === filter.status) &&
    (filter.after === undefined || entry.number > filter.after) &&
    (filter.faulted === undefined || entry.faults.length > 0 === filter.faulted)
  )
}

const secretName = /authorization|cookie|secret|token|signature|api-?key|password|hapikey|^sid$|assertion/i

/** The same names and values, those that may be credentials replaced. */
export function withoutCredentials(values: Iterable<[string, string]>): Record<string, string> {
  return Object.fromEntries([...values].map(([name, value]) => [name, secretName.test(name) ? '[removed]' : value]))
}
