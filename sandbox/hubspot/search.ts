/** The search endpoint: its own limits, operators, one sort, offset paging, and an index that follows writes with a lag. */
import { invalid } from './errors.ts'
import { record as objectIn } from './record.ts'
import { linkedTo } from './associations.ts'
import { objectTypeOf, objectTypes } from './object-types.ts'
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
  /** When this version was written. */
  at: number
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

  const tests = groups.map((group) => group.map((filter) => testOf(portal, type, filter)))
  const found: Found[] = []
  for (const held of portal.records[type].values()) {
    const version = indexed(portal, held)
    if (version === null) continue
    const one = { record: held, at: version.at, properties: version.properties }
    if (text !== null && !Object.values(one.properties).some((v) => v?.toLowerCase().includes(text) === true)) continue
    if (tests.length === 0 || tests.some((group) => group.every((test) => test(one)))) found.push(one)
  }
  const sorted = sort.name === 'hs_object_id' && sort.sign === 1 ? found : sortedBy(portal, type, found, sort)
  const page = sorted.slice(after, after + limit)
  const next = after + page.length
  return { total: found.length, page, ...(next < found.length ? { after: String(next) } : {}) }
}

/** Records stand by ascending id already; any other order is made of keys that are read once. */
function sortedBy(portal: Portal, type: ObjectType, found: Found[], sort: { name: string; sign: 1 | -1 }): Found[] {
  const kind = portal.properties[type].get(sort.name)?.type
  if (isNumeric(kind)) {
    return found
      .map((one) => ({ one, by: numberOf(one, sort.name, kind) }))
      .toSorted(
        (a, b) => sort.sign * ((Number.isNaN(a.by) ? -Infinity : a.by) - (Number.isNaN(b.by) ? -Infinity : b.by) || 0),
      )
      .map(({ one }) => one)
  }
  return found.toSorted((a, b) => sort.sign * compareText(a.properties[sort.name] ?? '', b.properties[sort.name] ?? ''))
}

/** What the index holds of a record now: nothing of a version younger than the lag. */
function indexed(portal: Portal, record: StoredRecord): StoredRecord['versions'][number] | null {
  const until = portal.nowMs() - portal.switches.searchLagMs
  const version = record.versions.findLast((v) => v.at <= until)
  return version === undefined || version.archived ? null : version
}

type Test = (one: Found) => boolean

/** A filter with its own side read once, for it is put to every record. */
function testOf(portal: Portal, type: ObjectType, filter: Filter): Test {
  const { propertyName: name, value, highValue, values } = filter
  if (name.startsWith('associations.')) return ({ record }) => associated(portal, record, filter)
  const kind = portal.properties[type].get(name)?.type
  const own = (one: Found) => one.properties[name] ?? null
  const order = (wanted: string | null): ((one: Found) => number) => {
    if (wanted === null) return () => Number.NaN
    if (isNumeric(kind)) {
      const number = numeric(wanted, kind)
      return (one) => numberOf(one, name, kind) - number
    }
    return (one) => {
      const held = own(one)
      return held === null ? Number.NaN : compareText(held, wanted)
    }
  }
  const [low, high] = [order(value), order(highValue)]
  const among = new Set(values)
  const isAmong = (one: Found) => among.has(own(one)?.toLowerCase() ?? '')
  switch (filter.operator) {
    case 'EQ':
      return (one) => low(one) === 0
    case 'NEQ':
      return (one) => own(one) !== null && low(one) !== 0
    case 'LT':
      return (one) => low(one) < 0
    case 'LTE':
      return (one) => low(one) <= 0
    case 'GT':
      return (one) => low(one) > 0
    case 'GTE':
      return (one) => low(one) >= 0
    case 'BETWEEN':
      return (one) => low(one) >= 0 && high(one) <= 0
    case 'IN':
      return (one) => own(one) !== null && isAmong(one)
    case 'NOT_IN':
      return (one) => own(one) !== null && !isAmong(one)
    case 'HAS_PROPERTY':
      return (one) => own(one) !== null
    case 'NOT_HAS_PROPERTY':
      return (one) => own(one) === null
    case 'CONTAINS_TOKEN':
      return (one) => token(own(one), value)
    case 'NOT_CONTAINS_TOKEN':
      return (one) => !token(own(one), value)
    default:
      throw invalid(`Unknown operator ${filter.operator}`)
  }
}

const isNumeric = (kind: string | undefined): kind is 'number' | 'datetime' => kind === 'number' || kind === 'datetime'

/** Instants may be asked for as epoch milliseconds and are held as ISO. */
function numeric(value: string, kind: 'number' | 'datetime'): number {
  return kind === 'datetime' && !/^-?\d+$/.test(value) ? Date.parse(value) : Number(value)
}

function numberOf(one: Found, name: string, kind: 'number' | 'datetime'): number {
  if (name === objectTypes[one.record.type].modified) return one.at
  const held = one.properties[name] ?? null
  return held === null ? Number.NaN : numeric(held, kind)
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

function compareText(a: string, b: string): number {
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
  if (!propertyName.startsWith('associations.') && !isKnown(portal, type, propertyName)) {
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
  if (name === null || !isKnown(portal, type, name)) throw invalid(`Cannot sort by unknown property ${name}`)
  return { name, sign: direction === 'DESCENDING' ? -1 : 1 }
}

function isKnown(portal: Portal, type: ObjectType, name: string): boolean {
  return portal.properties[type].get(name)?.archived === false
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
