/** Records as the REST API words them. */
import { Decimal } from './exact-json.ts'
import { parentOf, valueOf } from './soql-run.ts'
import type { Path } from './soql-run.ts'
import { isVisible } from './org.ts'
import type { Org, Row, Value } from './org.ts'
import type { FieldDef } from './schema.ts'

/** Date-times have no colon in their zone: `2026-11-23T10:00:00.000+0000`. */
export function renderValue(org: Org, field: FieldDef, value: Value): unknown {
  if (value === null) return null
  if (field.type === 'datetime' && typeof value === 'string') return value.replace('Z', '+0000')
  if (value instanceof Decimal && field.type !== 'int') return new Decimal(numberForm(org, value.text))
  return value
}

/** Doubles go out as `125000.0`, or, in one position of the switch, as Java prints large ones: `1.25E7`. */
function numberForm(org: Org, text: string): string {
  const plain = text.includes('.') ? text : `${text}.0`
  if (org.positions.numbers === 'plain') return plain
  const match = /^(-?)(\d+)\.(\d+)$/.exec(plain)
  if (match === null || (match[2] ?? '').length < 8) return plain
  const [, sign = '', whole = '', fraction = ''] = match
  const digits = `${whole.slice(1)}${fraction}`.replace(/0+$/, '')
  return `${sign}${whole.charAt(0)}.${digits === '' ? '0' : digits}E${String(whole.length - 1)}`
}

export function attributes(version: string, row: Row): { type: string; url: string } {
  return { type: row.type, url: `/services/data/${version}/sobjects/${row.type}/${row.id}` }
}

/** A query row or a retrieved record: the asked fields, parents nested. */
export function renderRow(org: Org, version: string, row: Row, paths: Path[]): Record<string, unknown> {
  const out: Record<string, unknown> = { attributes: attributes(version, row) }
  for (const { field, relationship } of paths) {
    if (relationship === null) out[field.name] = renderValue(org, field, valueOf(org, row, field))
    else out[relationship.name] ??= renderParent(org, version, row, relationship, paths)
  }
  return out
}

function renderParent(
  org: Org,
  version: string,
  row: Row,
  via: { name: string; field: string },
  paths: Path[],
): unknown {
  const parent = parentOf(org, row, via.field)
  if (parent === null) return null
  const own = paths
    .filter((path) => path.relationship?.name === via.name)
    .map((path) => ({ ...path, relationship: null }))
  return renderRow(org, version, parent, own)
}

/** Every field the integration user sees, for a retrieve that names none. */
export function allPaths(org: Org, type: string): Path[] {
  const def = org.schema.get(type)
  return def === undefined
    ? []
    : def.fields.filter((f) => isVisible(org, type, f)).map((field) => ({ relationship: null, def, field }))
}
