/** Webhooks in. Kept before they are answered; what they say is only where to look. No API key: the vendor's signature speaks. */
import { OpenAPIHono, createRoute, z } from '@hono/zod-openapi'
import { bodyLimit } from 'hono/body-limit'
import { ConnectorError, type Hint, type WebhookCodec } from '../../connectors/contract.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'
import { allowedSkew } from '../domain/clock.ts'
import { receiveHints } from '../intake/hints.ts'
import { skewOf } from '../reports/streams.ts'
import type { ApiEnv } from './auth.ts'
import type { ApiDeps } from './deps.ts'
import { json, refusals } from './form.ts'

/** No vendor sends more; a larger body is refused before it is read whole. */
export const HOOK_LIMIT = 1024 * 1024

/** Longer than any vendor's ids; a person who sends more is no vendor. */
const LONGEST_ID = 255

export interface RefusedHooks {
  count(connection: string, code: ErrorCode): void
  of(connection: string): Record<string, number>
}

/** Counts refusals in this process. Only connections that exist are counted, so that a scanner cannot fill the memory. */
export function countRefusals(connections: ApiDeps['connections']): RefusedHooks {
  const counts = new Map<string, Record<string, number>>([...connections.keys()].map((name) => [name, {}]))
  return {
    count(connection, code) {
      const of = counts.get(connection)
      if (of !== undefined) of[code] = (of[code] ?? 0) + 1
    },
    of: (connection) => ({ ...counts.get(connection) }),
  }
}

const receive = createRoute({
  method: 'post',
  path: '/{connection}',
  tags: ['webhooks'],
  summary: 'Takes a vendor’s webhook; the address to enter at the vendor',
  request: { params: z.object({ connection: z.string().max(63) }) },
  responses: { 202: json(z.object({ hints: z.number() }), 'Kept; the records are read soon'), ...refusals },
})

export function hookRoutes({ db, connectors, kick, log, nowMs, publicUrl }: ApiDeps, refused: RefusedHooks) {
  const hooks = new OpenAPIHono<ApiEnv>()
  hooks.use(
    bodyLimit({
      maxSize: HOOK_LIMIT,
      onError(c) {
        // Whoever sends so much is not listened to any longer.
        c.header('connection', 'close')
        throw new CausewayError('CW_REQUEST_TOO_LARGE', 'A webhook may have 1 MB at most', { limit: HOOK_LIMIT })
      },
    }),
  )

  hooks.openapi(receive, async (c) => {
    const { connection } = c.req.valid('param')
    const codec = connectors.get(connection)?.webhooks
    try {
      if (codec === undefined) {
        throw new CausewayError('CW_WEBHOOK_UNKNOWN', 'No connection of this name takes webhooks', {})
      }
      const content = new Uint8Array(await c.req.arrayBuffer())
      const request = {
        method: c.req.method,
        url: `${publicUrl}${pathOf(c.req.raw.url)}`,
        headers: c.req.header(),
        body: content,
      }
      const verify = (aheadMs: number) => codec.verify({ ...request, nowMs: nowMs() + aheadMs })
      let verdict = verify(0)
      // A replay window is measured by the vendor's clock, which may differ from ours.
      if (verdict === 'invalid') verdict = verify(allowedSkew(await skewOf(db, connection)))
      if (verdict === 'invalid') throw new CausewayError('CW_WEBHOOK_SIGNATURE', 'The signature is not the vendor’s')
      const hints = hintsOf(codec, content)
      await receiveHints(db, connection, Buffer.from(content).toString('utf8'), hints)
      if (hints.length > 0) kick()
      return c.json({ hints: hints.length }, 202)
    } catch (error) {
      if (error instanceof CausewayError) {
        refused.count(connection, error.code)
        const known = codec === undefined ? {} : { connection }
        log.warn('webhook refused', { ...known, code: error.code, requestId: c.get('requestId') })
      }
      throw error
    }
  })
  return hooks
}

function hintsOf(codec: WebhookCodec, body: Uint8Array): Hint[] {
  try {
    const hints = codec.hints(body)
    if (hints.every(({ id }) => id.length <= LONGEST_ID && !id.includes('\0'))) return hints
    throw new CausewayError('CW_WEBHOOK_BODY', 'An id in the body is none that a vendor gives')
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.fault.code !== 'CW_WEBHOOK_BODY') throw error
    throw new CausewayError('CW_WEBHOOK_BODY', error.fault.message, {}, { cause: error })
  }
}

/** Path and query as they were called: a signature may be made over them to the letter. */
function pathOf(url: string): string {
  const { pathname, search } = new URL(url)
  return `${pathname}${search}`
}
