/** One request as handlers see it: unpacked, its path taken apart, its body read on demand. */
import { gunzipSync } from 'node:zlib'
import { BadBody, type SandboxRequest } from './definition.ts'

export function createRequest(
  method: string,
  url: URL,
  headers: Record<string, string>,
  packed: Buffer,
  match: { name: string; params: Record<string, string>; route: { effect: SandboxRequest['effect'] } },
): SandboxRequest {
  const body = headers['content-encoding'] === 'gzip' ? unpack(packed) : packed
  return {
    method,
    path: url.pathname,
    route: match.name,
    effect: match.route.effect,
    params: match.params,
    query: url.searchParams,
    headers,
    body,
    json() {
      try {
        const parsed: unknown = JSON.parse(body.toString('utf8'))
        return parsed
      } catch {
        throw new BadBody('the request body is not valid JSON')
      }
    },
    form: () => new URLSearchParams(body.toString('utf8')),
  }
}

/** What cannot be unpacked stays as it came, and then fails to parse like any other bad body. */
function unpack(packed: Buffer): Buffer {
  try {
    return gunzipSync(packed)
  } catch {
    return packed
  }
}
