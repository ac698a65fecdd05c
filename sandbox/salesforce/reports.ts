/** Reports: run at once, by the Reports and Dashboards API. A seed makes them, as people do on the screen. */
import { endpoint } from './endpoint.ts'
import type { OrgRoute } from './endpoint.ts'
import { normaliseId } from './ids.ts'
import type { Org, Row } from './org.ts'
import { refuse } from './problem.ts'
import { demand } from './rights.ts'
import { parseQuery } from './soql-parse.ts'
import { resolvePath, runQuery, valueOf } from './soql-run.ts'

export interface Report {
  name: string
  object: string
  /** Paths of fields; `Name` is shown as the record's name with its id as the value. */
  columns: string[]
  /** A condition of SOQL; null: every record. */
  where: string | null
  /** A field that its rows are grouped by; null: a plain table. */
  groupBy: string | null
}

/** Rows that a run tells at most. */
const MOST = 2_000

export const reportRoutes: OrgRoute[] = [
  endpoint('GET', '/analytics/reports/:id', 'read', (request, world) => {
    const org = world.state
    demand(org, 'RunReports')
    const id = normaliseId(request.params.id ?? '')
    const report = id === null ? undefined : org.reports.get(id)
    if (report === undefined) throw refuse(404, 'NOT_FOUND', 'The data you’re trying to access is unavailable.')
    const isWhole = request.query.get('includeDetails') === 'true'
    const soql = `SELECT Id FROM ${report.object}${report.where === null ? '' : ` WHERE ${report.where}`}`
    const { rows } = runQuery(org, parseQuery(soql), false, world.clock.now())
    return {
      status: 200,
      json: {
        attributes: { type: 'Report', reportId: id, reportName: report.name },
        allData: rows.length <= MOST,
        hasDetailRows: isWhole,
        reportMetadata: {
          reportFormat: report.groupBy === null ? 'TABULAR' : 'SUMMARY',
          detailColumns: report.columns.map((column) => `${report.object}.${column}`),
        },
        factMap: factMap(org, report, rows, isWhole),
      },
    }
  }),
]

/** Keys are places in the groups: `0!T` is the first group's, `T!T` the whole report's. */
function factMap(org: Org, report: Report, rows: Row[], isWhole: boolean): Record<string, unknown> {
  const shown = isWhole ? rows.slice(0, MOST) : []
  const sum = { aggregates: [{ label: String(rows.length), value: rows.length }] }
  const { groupBy } = report
  if (groupBy === null) return { 'T!T': { ...sum, rows: shown.map((row) => lineOf(org, report, row)) } }
  const groups = Map.groupBy(shown, (row) => textOf(org, report, row, groupBy))
  const map: Record<string, unknown> = { 'T!T': { ...sum, rows: [] } }
  for (const [place, members] of [...groups.values()].entries())
    map[`${String(place)}!T`] = {
      aggregates: [{ label: String(members.length), value: members.length }],
      rows: members.map((row) => lineOf(org, report, row)),
    }
  return map
}

function lineOf(org: Org, report: Report, row: Row): { dataCells: { label: string; value: string | null }[] } {
  return {
    dataCells: report.columns.map((column) => {
      const text = textOf(org, report, row, column)
      return { label: text ?? '-', value: column === 'Name' ? row.id : text }
    }),
  }
}

function textOf(org: Org, { object }: Report, row: Row, column: string): string | null {
  const def = org.schema.get(object)
  if (def === undefined) throw refuse(400, 'BAD_REQUEST', `There is no ${object}`)
  const { field } = resolvePath(org, def, column)
  const value = valueOf(org, row, field)
  return value === null ? null : String(value)
}
