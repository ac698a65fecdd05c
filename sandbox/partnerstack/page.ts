/** Lists as the vendor pages them: newest first, a key as the cursor, 10 at a time and 250 at most. */
import { Refusal, type Call } from './exchange.ts'
import type { Row } from './state.ts'

const defaultLimit = 10
const cap = 250

interface PageOptions<T> {
  /** Which rows the caller asked for, beyond the time filters. */
  keep?: (row: T) => boolean
  /** The properties that `order_by` knows; `created_at` always. */
  sortable?: readonly ('created_at' | 'updated_at')[]
  /** Whether the rows belong to one key pair; groups and the like belong to both. */
  shared?: boolean
}

/** The `data` of a list answer. */
export function page<T extends Row>(
  { request: { query }, world, test }: Call,
  table: Map<string, T>,
  show: (row: T) => unknown,
  { keep = () => true, sortable = ['created_at'], shared = false }: PageOptions<T> = {},
): { has_more: boolean; items: unknown[] } {
  const limit = readLimit(query, world.switches.limitAboveCap === 'clamp')
  const after = query.get('starting_after')
  const before = query.get('ending_before')
  if (after !== null && before !== null)
    throw new Refusal(400, 'starting_after and ending_before are mutually exclusive')
  const compare = order<T>(query.get('order_by'), sortable)
  const within = timeFilter(query)
  const visible = world.clock.now() - world.switches.listLagMs
  const rows = [...table.values()]
    .filter((row) => (shared || row.test === test) && row.arrivedAt <= visible && within(row) && keep(row))
    .filter((row) => !row.archived || query.get('include_archived') === 'true')
    .toSorted(compare)

  const cursorKey = after ?? before
  if (cursorKey === null) return { has_more: rows.length > limit, items: rows.slice(0, limit).map(show) }
  const cursor = table.get(cursorKey)
  if (!cursor) throw new Refusal(world.switches.unknownCursorStatus, 'The cursor does not exist')
  if (after !== null) {
    const rest = rows.filter((row) => compare(row, cursor) > 0)
    return { has_more: rest.length > limit, items: rest.slice(0, limit).map(show) }
  }
  const rest = rows.filter((row) => compare(row, cursor) < 0)
  return { has_more: rest.length > limit, items: rest.slice(-limit).map(show) }
}

function readLimit(query: URLSearchParams, clamp: boolean): number {
  const text = query.get('limit')
  if (text === null) return defaultLimit
  const limit = Number(text)
  if (!Number.isInteger(limit)) throw new Refusal(400, `'${text}' is not of type 'integer'`)
  if (limit < 1) throw new Refusal(400, `${limit} is less than the minimum of 1`)
  if (limit > cap && !clamp) throw new Refusal(400, `${limit} is greater than the maximum of ${cap}`)
  return Math.min(limit, cap)
}

function order<T extends Row>(wished: string | null, sortable: readonly string[]): (a: T, b: T) => number {
  const name = wished?.replace(/^-/, '') ?? 'created_at'
  if (!sortable.includes(name)) throw new Refusal(400, `'${name}' is not one of ${JSON.stringify(sortable)}`)
  const at = name === 'updated_at' ? (row: T) => row.updated_at : (row: T) => row.created_at
  const sign = wished === null || wished.startsWith('-') ? -1 : 1
  return (a, b) => sign * (at(a) - at(b) || a.order - b.order)
}

/** Bounds are inclusive: a caller that asks from its last seen instant sees that record again rather than never. */
function timeFilter(query: URLSearchParams): (row: Row) => boolean {
  const bound = (name: string, otherwise: number) => {
    const text = query.get(name)
    if (text === null) return otherwise
    const value = Number(text)
    if (text === '' || !Number.isInteger(value)) throw new Refusal(400, `'${text}' is not of type 'integer' (${name})`)
    return value
  }
  const created = [bound('min_created', -Infinity), bound('max_created', Infinity)] as const
  const updated = [bound('min_updated', -Infinity), bound('max_updated', Infinity)] as const
  return (row) =>
    row.created_at >= created[0] &&
    row.created_at <= created[1] &&
    row.updated_at >= updated[0] &&
    row.updated_at <= updated[1]
}
