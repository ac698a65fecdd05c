/** Every refusal has one form: a code for machines, a sentence for people and the way out. */
import { z } from '@hono/zod-openapi'
import { DrizzleQueryError } from 'drizzle-orm'
import { HTTPException } from 'hono/http-exception'
import { sql } from 'drizzle-orm'
import type { Context } from 'hono'
import type { ContentfulStatusCode } from 'hono/utils/http-status'
import type { Db } from '../db/connection.ts'
import { CausewayError, errors, type ErrorCode } from '../errors.ts'
import type { Log } from './deps.ts'
import { failurePage } from './pages/failure.ts'
import { sendPage } from './pages/layout.ts'

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      remedy: z.string(),
      detail: z.record(z.string(), z.unknown()).optional(),
      requestId: z.string(),
    }),
  })
  .openapi('Error')

const statuses: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  CW_REQUEST_INVALID: 400,
  CW_POLICY_INVALID: 400,
  CW_WEBHOOK_BODY: 400,
  CW_UNAUTHENTICATED: 401,
  CW_WEBHOOK_SIGNATURE: 401,
  CW_FORBIDDEN: 403,
  CW_DECIDER_NOT_ALLOWED: 403,
  CW_DECIDER_LEFT: 403,
  CW_NOT_FOUND: 404,
  CW_WEBHOOK_UNKNOWN: 404,
  CW_CONFIG_CONFLICT: 409,
  CW_MANAGED_BY_FILE: 409,
  CW_TASK_DECIDED: 409,
  CW_MATCH_DECIDED: 409,
  CW_LINK_TAKEN: 409,
  CW_LINK_UNKNOWN: 404,
  CW_LINK_USED: 409,
  CW_LINK_EXPIRED: 410,
  CW_LINK_REVOKED: 410,
  CW_CLASH_DECIDED: 409,
  CW_TRANSITION_ILLEGAL: 409,
  CW_STREAM_PAUSED: 409,
  CW_RUN_STATE: 409,
  CW_UNDO_EDITED: 409,
  CW_MAPPING_STATE: 409,
  CW_PROVISION_NO_ROOM: 409,
  CW_REQUEST_TOO_LARGE: 413,
  CW_FILE_TOO_LARGE: 413,
  CW_REQUEST_TOO_OFTEN: 429,
  CW_FILE_REFUSED: 415,
  CW_FILES_TOO_MANY: 409,
  CW_HOME_UNFIT: 422,
  CW_FIELD_MISSING: 422,
  CW_FIELD_INVALID: 422,
  CW_PARTNER_UNKNOWN: 422,
  CW_PAIRS_INVALID: 422,
  CW_MAPPING_SYNTAX: 422,
  CW_MAPPING_FORMAT: 422,
  CW_MAPPING_INVALID: 422,
  CW_MAPPING_REFUSED: 422,
  CW_DATABASE_UNAVAILABLE: 503,
  CW_TEMPORAL_UNAVAILABLE: 503,
}

/** The HTTP status of a coded error; what has none of its own is a failure of ours. */
export function statusOf(code: ErrorCode): ContentfulStatusCode {
  return statuses[code] ?? 500
}

/** A request of any part of the API: each has an id by now. */
type Answering = Pick<Context, 'req' | 'header' | 'html' | 'json'> & { get(name: 'requestId'): string }

/** What a thrown error is called. What was not expected is logged under the request's id, and nothing of it is told. */
async function named(error: unknown, c: Answering, db: Db, log: Log): Promise<CausewayError> {
  const known = await nameError(error, db)
  if (statusOf(known.code) >= 500)
    log.error('request failed', {
      requestId: c.get('requestId'),
      code: known.code,
      route: c.req.routePath,
      ...factsOf(error),
    })
  return known
}

/** Answers a thrown error: to a program as JSON, to a browser, and where only people come, as a page. */
export async function answerError(
  error: unknown,
  c: Answering,
  db: Db,
  log: Log,
  isPage = asksForPage(c),
): Promise<Response> {
  const known = await named(error, c, db, log)
  const requestId = c.get('requestId')
  const status = statusOf(known.code)
  if (status === 503) c.header('retry-after', '5')
  return isPage ? sendPage(c, failurePage(known.code, requestId), status) : c.json(errorBody(known, requestId), status)
}

/** Browsers ask for HTML by name; programs take anything or JSON. */
function asksForPage(c: Answering): boolean {
  return c.req.header('accept')?.includes('text/html') === true
}

export function errorBody(error: CausewayError, requestId: string): z.infer<typeof errorSchema> {
  const { code, message, detail } = error
  const told = Object.keys(detail).length > 0 ? { detail } : {}
  return { error: { code, message, remedy: errors[code].remedy, ...told, requestId } }
}

async function nameError(error: unknown, db: Db): Promise<CausewayError> {
  if (error instanceof CausewayError) return error
  if (error instanceof HTTPException && error.status < 500) {
    const code = error.status === 413 ? 'CW_REQUEST_TOO_LARGE' : 'CW_REQUEST_INVALID'
    return new CausewayError(code, errors[code].title, {}, { cause: error })
  }
  if (UNSTORABLE.includes(sqlStateOf(error) ?? '')) {
    return new CausewayError('CW_REQUEST_INVALID', 'A text holds characters that cannot be kept', {}, { cause: error })
  }
  const code = (await isDatabaseDown(error, db)) ? 'CW_DATABASE_UNAVAILABLE' : 'CW_INTERNAL'
  return new CausewayError(code, errors[code].title, {}, { cause: error })
}

/** SQLSTATE of text that PostgreSQL cannot hold, such as U+0000. */
const UNSTORABLE = ['22021', '22P05']

function sqlStateOf(error: unknown): string | null {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    if ('code' in e && typeof e.code === 'string') return e.code
  }
  return null
}

/** SQLSTATE classes and codes of a server that is stopping, starting, full or unreachable. */
const DOWN_STATES = /^(08...|57P0[1-5]|53300|25006)$/
const DOWN_ERRNOS = ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND']

/**
 * Whether PostgreSQL is what failed. The driver gives no code for a connection that broke or could not be had in time: a query
 * that failed without the server's answer, or an error of unknown origin while the server does not answer, counts as well.
 */
export async function isDatabaseDown(error: unknown, db: Db): Promise<boolean> {
  for (let e: unknown = error; e instanceof Error; e = e.cause) {
    const code: unknown = 'code' in e ? e.code : undefined
    if (typeof code === 'string') return DOWN_STATES.test(code) || DOWN_ERRNOS.includes(code)
    if (e instanceof DrizzleQueryError && e.cause !== undefined && !('code' in e.cause)) return true
    if (e instanceof AggregateError && e.errors.length > 0) return isDatabaseDown(e.errors[0], db)
  }
  try {
    await db.execute(sql`select 1`)
    return false
  } catch {
    return true
  }
}

/** What the log is told of an unexpected error: a query's text and values may hold names, so its cause stands for it. */
function factsOf(error: unknown): Record<string, unknown> {
  const root = error instanceof DrizzleQueryError ? error.cause : error
  if (!(root instanceof Error)) return { error: typeof root }
  const sqlState: unknown = 'code' in root ? root.code : undefined
  return { error: root.name, sqlState, message: root.message, stack: root.stack?.split('\n').slice(1, 8).join('\n') }
}
