/** Runs a parsed query over the org's records. */
import { Decimal } from './exact-json.ts'
import { normaliseId } from './ids.ts'
import { objectNamed, rowById, tableOf, typeOfId, visibleField } from './org.ts'
import type { Org, Row, Value } from './org.ts'
import { refuse } from './problem.ts'
import { isText } from './schema.ts'
import { has, may, ofProfile, systemPermissions } from './rights.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import type { Condition, Literal, Query } from './soql-parse.ts'

/** A field of the object, or of the record that one of its lookups names. */
export interface Path {
  relationship: { name: string; field: string } | null
  def: ObjectDef
  field: FieldDef
}

/** Finds a field or a one-level parent path. Throws INVALID_FIELD for what the integration user cannot see. */
export function resolvePath(org: Org, def: ObjectDef, path: string): Path {
  const parts = path.split('.')
  // A query may name its own object first.
  if (parts.length === 2 && parts[0]?.toLowerCase() === def.name.toLowerCase() && !hasRelationship(def, def.name))
    parts.shift()
  const [first = '', second] = parts
  if (parts.length === 1) {
    const field = visibleField(org, def, first)
    if (field !== null) return { relationship: null, def, field }
  }
  const via = def.fields.find((f) => f.relationshipName?.toLowerCase() === first.toLowerCase())
  if (
    parts.length === 2 &&
    second !== undefined &&
    via?.relationshipName &&
    visibleField(org, def, via.name) !== null
  ) {
    const parent = objectNamed(org, via.referenceTo[0] ?? '')
    const field = visibleField(org, parent, second)
    if (field !== null) return { relationship: { name: via.relationshipName, field: via.name }, def: parent, field }
  }
  throw refuse(
    400,
    'INVALID_FIELD',
    `No such column '${path}' on entity '${def.name}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name.`,
  )
}

function hasRelationship(def: ObjectDef, name: string): boolean {
  return def.fields.some((f) => f.relationshipName?.toLowerCase() === name.toLowerCase())
}

/** The row's value, with what the platform derives: IsDeleted, Id, and a deal's IsClosed and IsWon from its stage. */
export function valueOf(org: Org, row: Row, field: FieldDef): Value {
  if (field.name === 'Id') return row.id
  const own = ofProfile(org, row, field.name)
  if (own !== undefined) return own
  if (row.type === 'UserPermissionAccess') {
    const permission = systemPermissions.find((name) => field.name === `Permissions${name}`)
    if (permission !== undefined) return has(org, permission)
  }
  if (field.name === 'IsDeleted') return row.deletedMs !== null
  if (row.type === 'Task' && field.name === 'IsClosed') return row.values.Status === 'Completed'
  if (row.type === 'Opportunity' && (field.name === 'IsClosed' || field.name === 'IsWon')) {
    const stage = org.stages.get(String(row.values.StageName ?? ''))
    return field.name === 'IsClosed' ? (stage?.closed ?? false) : (stage?.won ?? false)
  }
  if (field.name === 'Name' && (row.type === 'Contact' || row.type === 'Lead' || row.type === 'User')) {
    return [row.values.FirstName, row.values.LastName].filter((part) => typeof part === 'string').join(' ')
  }
  return row.values[field.name] ?? (field.type === 'boolean' ? false : null)
}

export function valueAt(org: Org, row: Row, path: Path): Value {
  const from = path.relationship === null ? row : parentOf(org, row, path.relationship.field)
  return from === null ? null : valueOf(org, from, path.field)
}

export function parentOf(org: Org, row: Row, fieldName: string): Row | null {
  const id = row.values[fieldName]
  if (typeof id !== 'string') return null
  const type = typeOfId(org, id)
  return type === null ? null : rowById(org, type, id)
}

/** The matching records in the query's order, before paging. */
export function runQuery(
  org: Org,
  query: Query,
  all: boolean,
  nowMs: number,
): { def: ObjectDef; rows: Row[]; paths: Path[] } {
  const def = queryable(org, query.object)
  const paths = query.fields.map((f) => resolvePath(org, def, f))
  const matches = query.where === null ? () => true : predicate(org, def, query.where, nowMs)
  const order = query.order.map((o) => ({ ...o, path: resolvePath(org, def, o.path) }))
  const rows = [...tableOf(org, def.name).values()].filter((row) => (all || row.deletedMs === null) && matches(row))
  rows.sort((a, b) => {
    for (const by of order) {
      const [x, y] = [valueAt(org, a, by.path), valueAt(org, b, by.path)]
      const sign =
        compareForOrder(x, y, by.path.field, by.nullsLast) * (by.descending && x !== null && y !== null ? -1 : 1)
      if (sign !== 0) return sign
    }
    return 0
  })
  const end = query.limit === null ? rows.length : query.offset + query.limit
  return { def, rows: rows.slice(query.offset, end), paths }
}

function queryable(org: Org, name: string): ObjectDef {
  const refused = refuse(400, 'INVALID_TYPE', `sObject type '${name}' is not supported.`)
  let def: ObjectDef
  try {
    def = objectNamed(org, name)
  } catch {
    throw refused
  }
  if (!may(org, def.name, 'Read')) throw refused
  return def
}

/** Compiles a condition to a test of a row; every field and literal is checked before the first row is looked at. */
export function predicate(org: Org, def: ObjectDef, condition: Condition, nowMs: number): (row: Row) => boolean {
  if (condition.op === 'not') {
    const inner = predicate(org, def, condition.part, nowMs)
    return (row) => !inner(row)
  }
  if (condition.op !== 'compare') {
    const parts = condition.parts.map((part) => predicate(org, def, part, nowMs))
    return condition.op === 'and' ? (row) => parts.every((part) => part(row)) : (row) => parts.some((part) => part(row))
  }
  const path = resolvePath(org, def, condition.path)
  const { operator } = condition
  const values = condition.values.map((literal) => comparable(path.field, literal, nowMs))
  if (operator === 'LIKE') {
    const pattern = like(condition.values[0])
    return (row) => {
      const value = valueAt(org, row, path)
      return typeof value === 'string' && pattern.test(value)
    }
  }
  const wanted = new Set(values.map((v) => fold(v, path.field)))
  const first = values[0] ?? null
  return (row) => {
    const value = valueAt(org, row, path)
    const same = wanted.has(fold(value, path.field))
    if (operator === '=' || operator === 'IN') return same
    if (operator === '!=' || operator === 'NOT IN') return !same
    if (value === null || first === null) return false
    const sign = compare(value, first, path.field)
    return operator === '<' ? sign < 0 : operator === '<=' ? sign <= 0 : operator === '>' ? sign > 0 : sign >= 0
  }
}

/** The literal as a value of the field's type. Throws INVALID_FIELD where the platform wants another kind of literal. */
function comparable(field: FieldDef, literal: Literal, nowMs: number): Value {
  const wrong = (): never => {
    throw refuse(
      400,
      'INVALID_FIELD',
      `value of filter criterion for field '${field.name}' must be of type ${field.type} and should ${isText(field.type) ? 'be' : 'not be'} enclosed in quotes`,
    )
  }
  if (literal.kind === 'null') return null
  switch (field.type) {
    case 'boolean':
      return literal.kind === 'boolean' ? literal.value : wrong()
    case 'currency':
    case 'double':
    case 'percent':
    case 'int':
      return literal.kind === 'number' ? new Decimal(literal.text) : wrong()
    case 'date':
      if (literal.kind === 'relative') return relativeDay(literal.name, literal.n, nowMs)
      return literal.kind === 'date' ? literal.text : wrong()
    case 'datetime':
      if (literal.kind === 'relative') return `${relativeDay(literal.name, literal.n, nowMs)}T00:00:00.000Z`
      return literal.kind === 'datetime'
        ? new Date(literal.text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2')).toISOString()
        : wrong()
    case 'id':
    case 'reference':
      if (literal.kind !== 'string') return wrong()
      if (normaliseId(literal.text) === null)
        throw refuse(400, 'INVALID_QUERY_FILTER_OPERATOR', `invalid ID field: ${literal.text}`)
      return normaliseId(literal.text)
    case 'string':
    case 'textarea':
    case 'email':
    case 'phone':
    case 'url':
    case 'picklist':
    case 'multipicklist':
      return literal.kind === 'string' ? literal.text.replaceAll(/\\([_%])/g, '$1') : wrong()
  }
}

function relativeDay(name: string, n: number, nowMs: number): string {
  const days = { TODAY: 0, YESTERDAY: -1, TOMORROW: 1, LAST_N_DAYS: -n, NEXT_N_DAYS: n }[name] ?? 0
  return new Date(nowMs + days * 86_400_000).toISOString().slice(0, 10)
}

function like(literal: Literal | undefined): RegExp {
  if (literal?.kind !== 'string') throw refuse(400, 'INVALID_FIELD', 'LIKE takes a string')
  const source = literal.text.replaceAll(/\\[_%]|[_%]|[.*+?^${}()|[\]\\/]/g, (c) =>
    c === '%' ? '[^]*' : c === '_' ? '[^]' : c.length === 2 ? c.slice(1) : `\\${c}`,
  )
  return new RegExp(`^${source}$`, 'iu')
}

/** Equal values fold to equal texts: text without case, numbers by amount. Ids keep their case. */
function fold(value: Value, field: FieldDef): string {
  if (value === null) return '\u0000null'
  if (value instanceof Decimal) return String(Number(value.text))
  if (typeof value === 'boolean') return String(value)
  return field.type === 'id' || field.type === 'reference' || field.caseSensitive ? value : value.toLowerCase()
}

function compare(a: Value, b: Value, field: FieldDef): number {
  if (a instanceof Decimal && b instanceof Decimal) return Number(a.text) - Number(b.text)
  const [x, y] = [fold(a, field), fold(b, field)]
  return x < y ? -1 : x > y ? 1 : 0
}

function compareForOrder(a: Value, b: Value, field: FieldDef, nullsLast: boolean): number {
  if (a === null || b === null) return a === b ? 0 : (a === null) === nullsLast ? 1 : -1
  return compare(a, b, field)
}
