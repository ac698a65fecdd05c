/** List views by the interface's API, since version 61: made, and told with their filters. */
import { arrayOf, bodyOf, endpoint, objectOf, textOf } from './endpoint.ts'
import type { OrgRoute } from './endpoint.ts'
import type { Json } from './exact-json.ts'
import { objectNamed, place, tableOf, visibleField } from './org.ts'
import type { Org } from './org.ts'
import { refuse } from './problem.ts'
import { demand, demandRead } from './rights.ts'
import type { ObjectDef } from './schema.ts'

export interface ListView {
  label: string
  visibility: string
  columns: string[]
  filters: { field: string; operator: string; values: string[] }[]
}

const operators = ['Equals', 'NotEqual', 'LessThan', 'GreaterThan', 'StartsWith', 'Contains', 'NotContain', 'Includes']

export const listViewRoutes: OrgRoute[] = [
  endpoint('POST', '/ui-api/list-info/:object', 'write', (request, world) => {
    const org = world.state
    const def = objectNamed(org, request.params.object ?? '')
    demandRead(org, def.name)
    const body = bodyOf(request)
    const name = textOf(body.listViewApiName, 'listViewApiName')
    const visibility = textOf(body.visibility ?? 'Private', 'visibility')
    demand(org, visibility === 'Private' ? 'CreateCustomizeFilters' : 'EditPublicFilters')
    if (!/^[A-Za-z](?:\w{0,38}[A-Za-z0-9])?$/.test(name) || name.includes('__'))
      throw refuse(400, 'INVALID_INPUT', 'listViewApiName is no name', ['listViewApiName'])
    if (find(org, def, name) !== null)
      throw refuse(400, 'DUPLICATE_DEVELOPER_NAME', 'This name is already in use.', ['DeveloperName'])
    const columns = arrayOf(body.displayColumns ?? [], 'displayColumns').map((column) => textOf(column, 'a column'))
    for (const column of columns) seen(org, def, column)
    const view: ListView = {
      label: textOf(body.label, 'label'),
      visibility,
      columns,
      filters: arrayOf(body.filteredByInfo ?? [], 'filteredByInfo').map((filter) => filterOf(org, def, filter)),
    }
    const id = place(
      org,
      'ListView',
      { Name: view.label, DeveloperName: name, SobjectType: def.name },
      world.clock.now(),
    )
    org.listViews.set(id, view)
    return { status: 201, json: shown(def, id, name, view) }
  }),
  endpoint('GET', '/ui-api/list-info/:object/:name', 'read', (request, world) => {
    const org = world.state
    const def = objectNamed(org, request.params.object ?? '')
    demandRead(org, def.name)
    const name = request.params.name ?? ''
    const id = find(org, def, name)
    const view = id === null ? undefined : org.listViews.get(id)
    if (id === null || view === undefined) throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
    return { status: 200, json: shown(def, id, name, view) }
  }),
]

function find(org: Org, def: ObjectDef, name: string): string | null {
  const rows = [...tableOf(org, 'ListView').values()]
  return rows.find(({ values }) => values.DeveloperName === name && values.SobjectType === def.name)?.id ?? null
}

/** A column or filter of a field that the user does not see is refused. */
function seen(org: Org, def: ObjectDef, path: string): string {
  const [first = '', second] = path.split('.')
  const field = def.fields.find((f) => (second === undefined ? f.name : f.relationshipName) === first)
  if (field !== undefined && visibleField(org, def, field.name) !== null) return path
  throw refuse(400, 'INVALID_FIELD', `${path} is no field of ${def.name}`, [path])
}

function filterOf(org: Org, def: ObjectDef, json: Json): ListView['filters'][number] {
  const filter = objectOf(json, 'a filter')
  const operator = textOf(filter.operator, 'operator')
  if (!operators.includes(operator)) throw refuse(400, 'INVALID_INPUT', `${operator} is no operator`, ['operator'])
  return {
    field: seen(org, def, textOf(filter.fieldApiName, 'fieldApiName')),
    operator,
    values: arrayOf(filter.operandLabels, 'operandLabels').map((label) => textOf(label, 'a label')),
  }
}

function shown(def: ObjectDef, id: string, name: string, view: ListView): Record<string, unknown> {
  const { label, visibility, columns, filters } = view
  return {
    cloneable: true,
    createable: true,
    deletable: true,
    displayColumns: columns.map((fieldApiName) => ({ fieldApiName, label: fieldApiName, sortable: true })),
    filterLogicString: null,
    filteredByInfo: filters.map((f) => ({
      fieldApiName: f.field,
      label: f.field,
      operandLabels: f.values,
      operator: f.operator,
    })),
    label,
    listReference: { id, listViewApiName: name, objectApiName: def.name, type: 'listView' },
    updateable: true,
    visibility,
  }
}
