/** Queries of what an org is made of: the same language over rows that are derived from the org as it stands. */
import { customFields, metadataOf, tableOfFields } from './custom-fields.ts'
import { idOf } from './ids.ts'
import type { Org, Row, Value } from './org.ts'
import { refuse } from './problem.ts'
import { renderRow } from './render.ts'
import { has } from './rights.ts'
import { field } from './schema.ts'
import type { FieldDef, ObjectDef } from './schema.ts'
import { parseQuery } from './soql-parse.ts'
import { resolvePath, runQuery } from './soql-run.ts'
import { valueSetMetadata, valueSets } from './value-sets.ts'

interface Part {
  id: string
  values: Record<string, Value>
  metadata: Record<string, unknown>
}

/** @returns the body of a query's answer; `Metadata` only where one row at most is found, as the platform wants */
export function toolingPage(org: Org, version: string, soql: string, nowMs: number): Record<string, unknown> {
  const query = parseQuery(soql)
  const wantsMetadata = query.fields.some((name) => name.toLowerCase() === 'metadata')
  const tables = parts(org)
  const table = tables.get(query.object)
  if (table === undefined || !has(org, 'ViewSetup'))
    throw refuse(400, 'INVALID_TYPE', `sObject type '${query.object}' is not supported.`)
  const view = viewOf(org, tables)
  const plain = { ...query, fields: query.fields.filter((name) => name.toLowerCase() !== 'metadata') }
  const { def, rows } = runQuery(view, plain, false, nowMs)
  if (wantsMetadata && rows.length > 1)
    throw refuse(
      400,
      'MALFORMED_QUERY',
      'When retrieving results with Metadata or FullName fields, the query qualifications must specify no more than one row for retrieval.',
    )
  const paths = plain.fields.map((name) => resolvePath(view, def, name))
  const records = rows.map((row) => {
    const url = `/services/data/${version}/tooling/sobjects/${def.name}/${String(row.values.DurableId ?? row.id)}`
    const metadata = wantsMetadata ? { Metadata: table.find(({ id }) => id === row.id)?.metadata } : {}
    return { ...renderRow(view, version, row, paths), attributes: { type: def.name, url }, ...metadata }
  })
  return {
    size: records.length,
    totalSize: records.length,
    done: true,
    queryLocator: null,
    entityTypeName: def.name,
    records,
  }
}

const entityPrefix = '4ie'
const entity = (): FieldDef =>
  field('EntityDefinitionId', 'reference', { referenceTo: ['EntityDefinition'], relationshipName: 'EntityDefinition' })

const definitions: Record<string, { prefix: string; fields: FieldDef[] }> = {
  EntityDefinition: { prefix: entityPrefix, fields: [field('QualifiedApiName', 'string')] },
  CustomField: {
    prefix: '00N',
    fields: [
      field('DeveloperName', 'string'),
      field('NamespacePrefix', 'string'),
      field('TableEnumOrId', 'string'),
      entity(),
    ],
  },
  ValidationRule: {
    prefix: '03d',
    fields: [field('ValidationName', 'string'), field('Active', 'boolean'), field('ErrorMessage', 'string'), entity()],
  },
  StandardValueSet: { prefix: '0Nt', fields: [field('MasterLabel', 'string'), field('DurableId', 'string')] },
}

function parts(org: Org): Map<string, Part[]> {
  const entities = new Map([...org.schema.keys(), 'Activity'].map((name, n) => [name, idOf(entityPrefix, n + 1)]))
  const of = (object: string): string | null => entities.get(object) ?? null
  return new Map<string, Part[]>([
    ['EntityDefinition', [...entities].map(([name, id]) => ({ id, values: { QualifiedApiName: name }, metadata: {} }))],
    [
      'CustomField',
      customFields(org).map(({ id, object, field: f }) => ({
        id,
        metadata: metadataOf(f),
        values: {
          DeveloperName: f.name.replace(/__c$/, ''),
          NamespacePrefix: null,
          TableEnumOrId: tableOfFields(object.name),
          EntityDefinitionId: of(tableOfFields(object.name)),
        },
      })),
    ],
    [
      'ValidationRule',
      org.formulaRules.map(({ id, object, name, isActive, message }) => ({
        id,
        metadata: {},
        values: { ValidationName: name, Active: isActive, ErrorMessage: message, EntityDefinitionId: of(object) },
      })),
    ],
    [
      'StandardValueSet',
      valueSets.map(({ name }, n) => ({
        id: idOf('0Nt', n + 1),
        metadata: valueSetMetadata(org, name),
        values: { MasterLabel: name, DurableId: name },
      })),
    ],
  ])
}

/** The org as the query engine knows it, with these tables in the place of its records. */
function viewOf(org: Org, tables: Map<string, Part[]>): Org {
  const schema = new Map<string, ObjectDef>()
  const rows = new Map<string, Map<string, Row>>()
  for (const [name, { prefix, fields }] of Object.entries(definitions)) {
    const fixed = { createable: false, updateable: false, deletable: false, mergeable: false }
    schema.set(name, { name, label: name, prefix, ...fixed, fields: [field('Id', 'id'), ...fields] })
    const table = (tables.get(name) ?? []).map(({ id, values }): [string, Row] => [
      id,
      { id, type: name, values, locked: false, deletedMs: null },
    ])
    rows.set(name, new Map(table))
  }
  return { ...org, schema, rows, hidden: new Set() }
}
