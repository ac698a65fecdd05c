/** The search endpoint: its own limits, operators, one sort, offset paging, and an index that follows writes with a lag. */
import { invalid } from './errors.ts'
import { record as objectIn } from './record.ts'
import { linkedTo } from './associations.ts'
import { objectTypeOf } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'

const maxGroups = 5
const maxFiltersInGroup = 6
const maxFilters = 18
const maxPage = 200
const maxResults = 10_000
const maxBody = 3000

export interface Found {
  record: StoredRecord
  properties: Record<string, string | null>
}

interface Filter {
  propertyName: string
  operator: string
  value: string | null
  highValue: string | null
  values: string[]
}

/** Answers one page. `results` are what the index knew `searchLagMs` ago. */
export function search(portal: Portal, type: ObjectType, body: Record<string, unknown>, bodyLength: number) {
  if (bodyLength > maxBody)
    throw invalid(`The request body is ${bodyLength} characters long; the maximum is ${maxBody}`)
  const limit = whole(body['limit'], 10)
  const after = whole(body['after'], 0)
  if (limit < 1 || limit > maxPage) throw invalid(`limit must be between 1 and ${maxPage}`)
  if (after + limit > maxResults)
    throw invalid(`Search results are limited to ${maxResults}: after ${after} with limit ${limit}`)
  const groups = parseGroups(portal, type, body)
  const sort = parseSort(portal, type, body['sorts'])
  const text = typeof body['query'] === 'string' ? body['query'].toLowerCase() : null

  const found: Found[] = []
  for (const held of portal.records[type].values()) {
    const properties = indexed(portal, held)
    if (properties === null) continue
    if (text !== null && !Object.values(properties).some((v) => v?.toLowerCase().includes(text) === true)) continue
    if (groups.length > 0 && !groups.some((g) => g.every((f) => matches(portal, held, properties, f)))) continue
    found.push({ record: held, properties })
  }
  const kind = portal.properties[type].get(sort.name)?.type
  found.sort((a, b) => sort.sign * compare(a.properties[sort.name] ?? '', b.properties[sort.name] ?? '', kind))
  const page = found.slice(after, after + limit)
  const next = after + page.length
  return { total: found.length, page, ...(next < found.length ? { after: String(next) } : {}) }
}

/** What the index holds of a record now: nothing of a version younger than the lag. */
function indexed(portal: Portal, record: StoredRecord): Record<string, string | null> | null {
  const until = portal.nowMs() - portal.switches.searchLagMs
  const version = record.versions.findLast((v) => v.at <= until)
  return version === undefined || version.archived ? null : version.properties
}

function matches(
  portal: Portal,
  record: StoredRecord,
  properties: Record<string, string | null>,
  filter: Filter,
): boolean {
  if (filter.propertyName.startsWith('associations.')) return associated(portal, record, filter)
  const kind = portal.properties[record.type].get(filter.propertyName)?.type
  const own = properties[filter.propertyName] ?? null
  const order = (value: string | null) =>
    own === null || value === null ? Number.NaN : compare(own, comparable(value, kind), kind)
  const among = () => own !== null && filter.values.some((v) => v === own.toLowerCase())
  switch (filter.operator) {
    case 'EQ':
      return order(filter.value) === 0
    case 'NEQ':
      return own !== null && order(filter.value) !== 0
    case 'LT':
      return order(filter.value) < 0
    case 'LTE':
      return order(filter.value) <= 0
    case 'GT':
      return order(filter.value) > 0
    case 'GTE':
      return order(filter.value) >= 0
    case 'BETWEEN':
      return order(filter.value) >= 0 && order(filter.highValue) <= 0
    case 'IN':
      return among()
    case 'NOT_IN':
      return own !== null && !among()
    case 'HAS_PROPERTY':
      return own !== null
    case 'NOT_HAS_PROPERTY':
      return own === null
    case 'CONTAINS_TOKEN':
      return token(own, filter.value)
    case 'NOT_CONTAINS_TOKEN':
      return !token(own, filter.value)
    default:
      throw invalid(`Unknown operator ${filter.operator}`)
  }
}

function associated(portal: Portal, record: StoredRecord, filter: Filter): boolean {
  const type = objectTypeOf(filter.propertyName.slice('associations.'.length))
  if (type === null) throw invalid(`Unknown association ${filter.propertyName}`)
  const ids = linkedTo(portal, { type: record.type, id: record.id }, type).map((l) => l.id)
  if (filter.operator === 'EQ') return filter.value !== null && ids.includes(filter.value)
  if (filter.operator === 'IN') return filter.values.some((v) => ids.includes(v))
  throw invalid(`Operator ${filter.operator} does not work on associations`)
}

/** Words match whole; `*` stands for any rest. */
function token(own: string | null, value: string | null): boolean {
  if (own === null || value === null) return false
  const pattern = value
    .toLowerCase()
    .split('*')
    .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return own
    .toLowerCase()
    .split(/[\s@,;]+/)
    .some((word) => new RegExp(`^${pattern}$`).test(word))
}

/** Instants may be asked for as epoch milliseconds and are held as ISO. */
function comparable(value: string, kind: string | undefined): string {
  return kind === 'datetime' && /^-?\d+$/.test(value) ? new Date(Number(value)).toISOString() : value
}

function compare(a: string, b: string, kind: string | undefined): number {
  if (kind === 'number') return Number(a) - Number(b)
  if (kind === 'datetime') return Date.parse(a) - Date.parse(b)
  const [left, right] = [a.toLowerCase(), b.toLowerCase()]
  return left < right ? -1 : left > right ? 1 : 0
}

function parseGroups(portal: Portal, type: ObjectType, body: Record<string, unknown>): Filter[][] {
  const direct = list(body['filters'])
  const groups = [
    ...list(body['filterGroups']).map((g) => list(objectIn(g)['filters'])),
    ...(direct.length > 0 ? [direct] : []),
  ]
  const all = groups.flat()
  if (groups.length > maxGroups) throw invalid(`At most ${maxGroups} filter groups are allowed`)
  if (groups.some((g) => g.length > maxFiltersInGroup))
    throw invalid(`At most ${maxFiltersInGroup} filters are allowed in a group`)
  if (all.length > maxFilters) throw invalid(`At most ${maxFilters} filters are allowed in all`)
  return groups.map((group) => group.map((raw) => parseFilter(portal, type, objectIn(raw))))
}

function parseFilter(portal: Portal, type: ObjectType, raw: Record<string, unknown>): Filter {
  const propertyName = String(raw['propertyName'])
  if (!propertyName.startsWith('associations.') && !portal.properties[type].has(propertyName)) {
    throw invalid(`There was a problem with the request: property ${propertyName} does not exist`, [
      {
        message: `Property "${propertyName}" does not exist`,
        code: 'PROPERTY_DOESNT_EXIST',
        context: { propertyName: [propertyName] },
      },
    ])
  }
  return {
    propertyName,
    operator: String(raw['operator']),
    value: scalar(raw['value']),
    highValue: scalar(raw['highValue']),
    values: list(raw['values']).map(String),
  }
}

function parseSort(portal: Portal, type: ObjectType, raw: unknown): { name: string; sign: 1 | -1 } {
  const sorts = list(raw)
  if (sorts.length > 1) throw invalid('Only one sort is allowed')
  const [first] = sorts
  if (first === undefined) return { name: 'createdate', sign: 1 }
  const [name, direction] =
    typeof first === 'string'
      ? [first.replace(/^-/, ''), first.startsWith('-') ? 'DESCENDING' : 'ASCENDING']
      : [scalar(objectIn(first)['propertyName']), scalar(objectIn(first)['direction']) ?? 'ASCENDING']
  if (name === null || !portal.properties[type].has(name)) throw invalid(`Cannot sort by unknown property ${name}`)
  return { name, sign: direction === 'DESCENDING' ? -1 : 1 }
}

function whole(raw: unknown, otherwise: number): number {
  if (raw === undefined || raw === null || raw === '') return otherwise
  const n = Number(raw)
  if (!Number.isInteger(n) || n < 0) throw invalid(`${JSON.stringify(raw)} is not a whole number`)
  return n
}

/** A filter's value as text: clients send numbers as such too. */
function scalar(raw: unknown): string | null {
  return typeof raw === 'string' || typeof raw === 'number' || typeof raw === 'boolean' ? String(raw) : null
}

const list = (raw: unknown): unknown[] => (Array.isArray(raw) ? raw : [])
