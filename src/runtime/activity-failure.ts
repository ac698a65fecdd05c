/** What a failed activity tells Temporal: a code. Messages stay here, for a database's error repeats the rows of its query. */
import { CompleteAsyncError } from '@temporalio/activity'
import { ApplicationFailure, CancelledFailure } from '@temporalio/common'
import { ConnectorError } from '../../connectors/contract.ts'
import type { Log } from '../../connectors/log.ts'
import { CausewayError } from '../errors.ts'

/** Runs an activity so that whatever it throws reaches the server as a code without message, cause or stack. */
export async function failingByCode<T>(work: () => Promise<T>, log: Log): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CompleteAsyncError) throw error
    if (error instanceof CancelledFailure || isAbort(error)) throw stripped(new CancelledFailure('cancelled'))
    const code = codeOf(error)
    // The places of our code say where; the first line would repeat the message.
    log.warn('an activity failed', { code, at: placesOf(error) })
    const nonRetryable = error instanceof ApplicationFailure && error.nonRetryable === true
    throw stripped(ApplicationFailure.create({ message: code, type: code, nonRetryable }))
  }
}

/** The code of our own errors, else the error's class and the codes of its causes: `DrizzleQueryError 23505`. */
export function codeOf(error: unknown): string {
  if (error instanceof CausewayError) return error.code
  if (error instanceof ConnectorError) return error.fault.code
  const words: string[] = []
  let cause = error
  for (let depth = 0; depth < 5 && cause instanceof Error; depth += 1) {
    if (depth === 0 && NAME.test(cause.constructor.name)) words.push(cause.constructor.name)
    if ('code' in cause && typeof cause.code === 'string' && CODE.test(cause.code)) words.push(cause.code)
    cause = cause.cause
  }
  return words.length === 0 ? 'unknown' : [...new Set(words)].join(' ')
}

/** Class names as code has them; error codes as PostgreSQL (`40P01`) and the system (`ECONNREFUSED`) give them. */
const NAME = /^[A-Za-z]\w{0,60}$/
const CODE = /^[A-Z0-9_]{3,40}$/

function placesOf(error: unknown): string[] {
  const lines = error instanceof Error ? (error.stack ?? '').split('\n') : []
  return lines
    .filter((line) => /^\s+at .*\/(?:src|activities|connectors)\//.test(line))
    .map((line) => line.trim())
    .slice(0, 5)
}

function isAbort(error: unknown): boolean {
  return error instanceof Error && error.name === 'AbortError'
}

/** An error's stack begins with its message and goes on with the folders of this machine. */
function stripped<E extends Error>(error: E): E {
  error.stack = ''
  return error
}
