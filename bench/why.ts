/** Says of a request in a sandbox's log what it was made for; by what the vendor's API is, never by its body, which is not kept. */
import type { LoggedRequest } from '../sandbox/framework/request-log.ts'

/** A write as `causeway serve` logged it: the composite calls of Salesforce do not show their object in the path. */
export interface Written {
  at: string
  connection: string
  object: string
}

/** Fetching a token is no call that counts against an allowance. */
export const isToken = ({ path }: Pick<LoggedRequest, 'path'>): boolean => path.includes('/oauth')

export function whyOf(connection: string, request: LoggedRequest, written: readonly Written[]): string {
  const { method, path, query } = request
  switch (connection) {
    case 'portal':
      return portalWhy(method, path)
    case 'sales':
      return salesforceWhy(request, query['q'] ?? '', written)
    default:
      return hubspotWhy(method, path)
  }
}

function portalWhy(method: string, path: string): string {
  const [, object = '', key] = /\/api\/v2\/([^/]+)(?:\/([^/]+))?/.exec(path) ?? []
  if (method === 'PATCH') return `write ${object}: the status`
  return key === undefined ? `changes of ${object} since the last reading` : `read one of ${object} by its key`
}

function salesforceWhy({ path, at }: LoggedRequest, soql: string, written: readonly Written[]): string {
  if (path.endsWith('/composite')) {
    const next = written.find((write) => write.connection === 'sales' && write.at >= at)
    return `write ${next?.object ?? 'records'}, and read them back in the same call`
  }
  const object = / FROM (\w+)/.exec(soql)?.[1] ?? 'records'
  return soql.includes('ORDER BY SystemModstamp')
    ? `changes of ${object} since the last reading`
    : `read ${object} by id, before or after it is written`
}

function hubspotWhy(method: string, path: string): string {
  if (path.endsWith('/labels')) return 'find the association label (once a process)'
  if (path.includes('/owners')) return 'owners, every five minutes'
  if (path.includes('/associations/')) {
    const from = /\/associations\/([^/]+)/.exec(path)?.[1] ?? 'records'
    return path.endsWith('/read') ? `companies of the ${from} read` : `write associations of ${from}: their companies`
  }
  const object = /\/objects\/([^/]+)/.exec(path)?.[1] ?? 'records'
  if (path.endsWith('/search')) return `changes of ${object} since the last reading`
  if (path.endsWith('/batch/read')) return `read ${object} by id or key, before or after it is written`
  if (path.includes('/batch/')) return `write ${object}`
  return method === 'GET' && path.endsWith(`/${object}`) ? `archived ${object}` : `read one of ${object}`
}
