/**
 * Queries as text. jsforce's own builder is not used: it escapes quotes and not backslashes, so that a value can break out of
 * its string, and it drops a condition on an empty list.
 */
import { ConnectorError, faultOf } from '../contract.ts'

/** A string literal that holds exactly `text`. */
export function quoted(text: string): string {
  return `'${text.replaceAll(/[\\']/g, (c) => `\\${c}`).replaceAll(/[\n\r\t\b\f]/g, (c) => named[c] ?? c)}'`
}

const named: Record<string, string> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\b': '\\b', '\f': '\\f' }

/** A field or object name. Throws `CW_CONFIG_INVALID` for anything else: names come from the mapping. */
export function name(text: string): string {
  if (!/^[A-Za-z]\w*(\.[A-Za-z]\w*)?$/.test(text))
    throw new ConnectorError(
      faultOf('CW_CONFIG_INVALID', `${JSON.stringify(text)} is not the API name of a field or object`, {
        scope: 'connection',
        fields: [text],
      }),
      'no',
    )
  return text
}

/** A date-time literal: unquoted, with its zone. Throws for what is no instant. */
export function instant(iso: string): string {
  return new Date(iso).toISOString()
}

export interface Select {
  fields: string[]
  object: string
  where?: string | null
  order?: string[]
  limit?: number
}

export function select({ fields, object, where = null, order = [], limit }: Select): string {
  const parts = [`SELECT ${[...new Set(fields)].map(name).join(', ')} FROM ${name(object)}`]
  if (where !== null) parts.push(`WHERE ${where}`)
  if (order.length > 0) parts.push(`ORDER BY ${order.map(name).join(', ')}`)
  if (limit !== undefined) parts.push(`LIMIT ${String(limit)}`)
  return parts.join(' ')
}

/** The conditions that are given, all of them; null when none is. SOQL takes no AND beside OR without parentheses. */
export function allOf(...conditions: (string | null)[]): string | null {
  const given = conditions.filter((condition) => condition !== null)
  return given.length < 2 ? (given[0] ?? null) : given.map((condition) => `(${condition})`).join(' AND ')
}

/** `field IN (…)`. Throws for an empty list, which no query can mean. */
export function isOneOf(field: string, values: readonly string[]): string {
  if (values.length === 0) throw new Error('an empty list matches nothing: do not ask')
  return `${name(field)} IN (${values.map(quoted).join(', ')})`
}

/** The limit on an address is 16,384 characters; this leaves room for the fields and the rest. */
const longestList = 9000

/** Cuts values into lists that fit into an address. */
export function lists(values: readonly string[]): string[][] {
  const out: string[][] = []
  let room = 0
  for (const value of new Set(values)) {
    const length = encodeURIComponent(`${quoted(value)}, `).length
    const last = out.at(-1)
    if (last === undefined || room < length) {
      out.push([value])
      room = longestList - length
    } else {
      last.push(value)
      room -= length
    }
  }
  return out
}
