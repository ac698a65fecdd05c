/** Lists of records: those that filters make, and those that people fill. Names are unique in the account, whatever case. */
import { linkedTo } from './associations.ts'
import { HubSpotError, invalid } from './errors.ts'
import { objectTypeOf } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal, StoredRecord } from './portal.ts'
import { record } from './record.ts'

export interface List {
  id: string
  name: string
  type: ObjectType
  processingType: 'MANUAL' | 'DYNAMIC' | 'SNAPSHOT'
  /** As it was given; null for a list that people fill. */
  filterBranch: Record<string, unknown> | null
  version: number
  createdAt: number
  updatedAt: number
  deletedAt: number | null
}

const processingTypes = ['MANUAL', 'DYNAMIC', 'SNAPSHOT'] as const

/** Makes a list, or says what HubSpot would not take of it. */
export function createList(portal: Portal, body: Record<string, unknown>): List {
  const name = body['name']
  if (typeof name !== 'string' || name.trim() === '') throw invalid('name is required')
  const type = objectTypeOf(String(body['objectTypeId']))
  if (type === null) throw invalid(`objectTypeId ${String(body['objectTypeId'])} is not known`)
  const processingType = processingTypes.find((known) => known === body['processingType'])
  if (processingType === undefined) throw invalid('processingType must be MANUAL, DYNAMIC or SNAPSHOT')
  if (listNamed(portal, name) !== undefined)
    throw new HubSpotError(400, 'VALIDATION_ERROR', `A list named ${name} exists already`, {
      subCategory: 'ILS.DUPLICATE_LIST_NAMES',
    })
  const filterBranch = processingType === 'MANUAL' ? null : record(body['filterBranch'] ?? {})
  if (filterBranch !== null) testOf(portal, type, filterBranch)
  const now = portal.nowMs()
  portal.nextListId += 1
  const id = String(portal.nextListId)
  const times = { createdAt: now, updatedAt: now, deletedAt: null }
  const list: List = { id, name, type, processingType, filterBranch, version: 1, ...times }
  portal.lists.set(id, list)
  return list
}

export function listNamed(portal: Portal, name: string): List | undefined {
  const wanted = name.toLowerCase()
  return [...portal.lists.values()].find((list) => list.deletedAt === null && list.name.toLowerCase() === wanted)
}

/** The records that a list's filters let in now. */
export function membersOf(portal: Portal, list: List): StoredRecord[] {
  if (list.filterBranch === null) return []
  const test = testOf(portal, list.type, list.filterBranch)
  return [...portal.records[list.type].values()].filter((r) => r.archivedAt === null && test(r))
}

type Test = (record: StoredRecord) => boolean

/** The outermost branch is an OR of ANDs and has no filters of its own. */
function testOf(portal: Portal, type: ObjectType, root: Record<string, unknown>): Test {
  const branches = branchesOf(root)
  if (root['filterBranchType'] !== 'OR' || filtersOf(root).length > 0 || branches.length === 0)
    throw invalid('The outermost filterBranch must be OR, with AND branches and no filters')
  const tests = branches.map((branch) => {
    if (branch['filterBranchType'] !== 'AND') throw invalid('Below OR there are AND branches only')
    return andOf(portal, type, branch)
  })
  return (r) => tests.some((test) => test(r))
}

function andOf(portal: Portal, type: ObjectType, branch: Record<string, unknown>): Test {
  const tests = [
    ...filtersOf(branch).map((filter) => filterOf(portal, type, filter)),
    ...branchesOf(branch).map((inner) => associationOf(portal, type, inner)),
  ]
  if (tests.length === 0) throw invalid('An AND branch needs a filter')
  return (r) => tests.every((test) => test(r))
}

/** Records that are linked with one that passes, by one type of association. */
function associationOf(portal: Portal, type: ObjectType, branch: Record<string, unknown>): Test {
  const to = objectTypeOf(String(branch['objectTypeId']))
  if (branch['filterBranchType'] !== 'ASSOCIATION' || to === null) throw invalid('Below AND: ASSOCIATION branches only')
  const typeId = branch['associationTypeId']
  const known = portal.associationTypes.some((t) => {
    return t.from === type && t.to === to && t.typeId === typeId && t.category === branch['associationCategory']
  })
  if (!known) throw invalid(`There is no association type ${String(typeId)} from ${type} to ${to}`)
  const filters = filtersOf(branch).map((filter) => filterOf(portal, to, filter))
  if (filters.length === 0) throw invalid('An ASSOCIATION branch needs a filter')
  return (r) =>
    linkedTo(portal, { type, id: r.id }, to).some(({ id, types }) => {
      const other = portal.records[to].get(id)
      return other !== undefined && types.some((t) => t.typeId === typeId) && filters.every((test) => test(other))
    })
}

function filterOf(portal: Portal, type: ObjectType, filter: Record<string, unknown>): Test {
  const name = String(filter['property'])
  const property = portal.properties[type].get(name)
  if (filter['filterType'] !== 'PROPERTY') throw invalid(`This sandbox filters by PROPERTY only`)
  if (property === undefined || property.archived) throw invalid(`There is no property ${name} of ${type}`)
  const operation = record(filter['operation'] ?? {})
  const operator = String(operation['operator'])
  const values = Array.isArray(operation['values']) ? operation['values'].map(String) : []
  const empty = operation['includeObjectsWithNoValueSet'] === true
  const value = (r: StoredRecord) => r.properties[name] ?? null
  switch (operation['operationType']) {
    case 'ALL_PROPERTY':
      if (operator !== 'IS_KNOWN' && operator !== 'IS_UNKNOWN') throw invalid(`ALL_PROPERTY has no ${operator}`)
      return (r) => (value(r) !== null) === (operator === 'IS_KNOWN')
    case 'BOOL': {
      if (property.type !== 'bool') throw invalid(`${name} is no bool`)
      if (operator !== 'IS_EQUAL_TO' || typeof operation['value'] !== 'boolean') throw invalid('BOOL needs a value')
      const wanted = String(operation['value'])
      return (r) => (value(r) === null ? empty : value(r) === wanted)
    }
    case 'ENUMERATION': {
      if (property.type !== 'enumeration') throw invalid(`${name} is no enumeration`)
      if (operator !== 'IS_ANY_OF' && operator !== 'IS_NONE_OF') throw invalid(`ENUMERATION has no ${operator}`)
      if (values.length === 0) throw invalid('values is required')
      return (r) => {
        const found = value(r)
        return found === null ? empty : values.includes(found) === (operator === 'IS_ANY_OF')
      }
    }
    default:
      throw invalid(`This sandbox has no operationType ${String(operation['operationType'])}`)
  }
}

const filtersOf = (branch: Record<string, unknown>) => objectsIn(branch['filters'])
const branchesOf = (branch: Record<string, unknown>) => objectsIn(branch['filterBranches'])
const objectsIn = (raw: unknown) => (Array.isArray(raw) ? raw.map(record) : [])
