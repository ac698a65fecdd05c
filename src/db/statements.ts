/**
 * Statements that come again and again are given a name, by which PostgreSQL keeps them parsed: of a batch's work that is an eighth.
 * They are planned each time all the same (`plan_cache_mode` of the session), for the tables grow under us.
 */
import { createHash } from 'node:crypto'
import { Client, type ClientBase } from 'pg'

/** What is said once, such as a list of so many values, is not worth keeping in every session. */
const MOST_NAMES = 400
const MOST_ONCE = 1_000
const LONGEST_TEXT = 10_000

/** Names are the process's, each session prepares under them what it meets. */
const names = new Map<string, string>()
const once = new Set<string>()

/** Has the client name what it asks. */
export function nameStatements(client: ClientBase): void {
  Object.defineProperty(client, 'query', {
    value: (asked: unknown, ...rest: unknown[]): unknown => {
      const named = withName(asked, rest[0])
      // oxlint-disable-next-line typescript/unbound-method -- bound by the call
      const answer: unknown = Reflect.apply(Client.prototype.query, client, [
        named ?? asked,
        ...rest.map((part) => (named !== undefined && typeof part === 'function' ? heeding(named.text, part) : part)),
      ])
      if (named !== undefined && answer instanceof Promise) answer.catch((error: unknown) => heed(named.text, error))
      return answer
    },
  })
}

interface Named {
  text: string
  name: string
}

/** Undefined: it goes as it is. */
function withName(asked: unknown, values: unknown): Named | undefined {
  if (!isText(asked) || asked.name !== undefined || asked.text.length > LONGEST_TEXT) return undefined
  if (!Array.isArray(values) || values.length === 0) return undefined
  const known = names.get(asked.text)
  if (known !== undefined) return { ...asked, name: known }
  if (names.size >= MOST_NAMES) return undefined
  if (!once.has(asked.text)) {
    if (once.size >= MOST_ONCE) once.clear()
    once.add(asked.text)
    return undefined
  }
  once.delete(asked.text)
  const name = nameOf(asked.text)
  names.set(asked.text, name)
  return { ...asked, name }
}

function isText(asked: unknown): asked is { text: string; name?: string } {
  return typeof asked === 'object' && asked !== null && 'text' in asked && typeof asked.text === 'string'
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

/** A change of the schema may have made another result of it: then it is prepared anew, under another name. */
function heed(text: string, error: unknown): void {
  const isOutdated = error instanceof Error && 'code' in error && error.code === '0A000'
  const name = names.get(text)
  if (isOutdated && name !== undefined) names.set(text, nameOf(name))
}

type Callback = (...results: unknown[]) => unknown

function heeding(text: string, callback: unknown): Callback {
  return (...results) => {
    heed(text, results[0])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what pg was given to call
    return (callback as Callback)(...results)
  }
}
