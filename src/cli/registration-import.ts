/** `causeway registrations import`: a file of registrations that were approved before Causeway came. */
import type { Command } from 'commander'
import { CsvError, parse } from 'csv-parse/sync'
import { z } from 'zod'
import { importColumns, type Cells } from '../domain/imported-claim.ts'
import { CausewayError } from '../errors.ts'
import { answer } from './answer.ts'
import { openApi } from './client.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { readText } from './mapping-file.ts'
import { instant, table } from './print.ts'

const report = z.object({
  importId: z.string().nullable(),
  imported: z.array(
    z.object({
      line: z.number(),
      registrationId: z.string(),
      state: z.string(),
      protectedUntil: z.string(),
      dealId: z.string().nullable(),
    }),
  ),
  known: z.array(z.object({ line: z.number(), registrationId: z.string() })),
  flaws: z.array(z.object({ line: z.number(), column: z.string().nullable(), code: z.string(), message: z.string() })),
  conflicts: z.array(
    z.object({
      line: z.number(),
      kind: z.string(),
      otherId: z.string(),
      otherLine: z.number().nullable(),
      matchedOn: z.array(z.string()),
      score: z.number(),
    }),
  ),
})
type Report = z.infer<typeof report>

interface Options extends CommonOptions {
  dryRun?: true
  tell?: true
}

type Row = { line: number; cells: Cells }

/** Rows of one request, and their bytes: well below what a request may have. */
const CHUNK = 200
const CHUNK_BYTES = 200 * 1024
/** What the API takes in a cell. */
const LONGEST_CELL = 2000

export function importCommands(registrations: Command, context: () => CliContext): void {
  leaf(registrations, 'import <file>', 'take in registrations that were approved before, from a CSV file', [
    'registrations import old.csv --dry-run',
    'registrations import old.csv',
  ])
    .option('--dry-run', 'judge every row and keep nothing')
    .option('--tell', 'tell the partners of what is approved for them; without it nobody is told')
    .addHelpText(
      'after',
      `
The columns, in any order: ${importColumns.join(', ')}.
Needed are reference, company, submitted_at and one that names the partner. A reference comes in once, however often its row is
imported. Exits with 1 when some rows could not be taken.`,
    )
    .action(async (file: string, options: Options) => {
      const ctx = context()
      const rows = rowsOf(file, await readText(file))
      const api = await openApi(ctx.env)
      const whole: Report = { importId: null, imported: [], known: [], flaws: [], conflicts: [] }
      for (const chunk of chunksOf(rows)) {
        const wish = {
          rows: chunk,
          importId: whole.importId,
          dryRun: options.dryRun === true,
          tell: options.tell === true,
        }
        const done = await api.send('POST', '/registrations/import', wish, report).catch((error: unknown) => {
          throw notWhole(error, whole.importId, file, chunk[0]?.line ?? 1)
        })
        whole.importId ??= done.importId
        whole.imported.push(...done.imported)
        whole.known.push(...done.known)
        whole.flaws.push(...done.flaws)
        whole.conflicts.push(...done.conflicts)
      }
      answer(ctx, options, whole, () => told(whole, options.dryRun === true, file, ctx.colour))
      if (whole.flaws.length > 0) process.exitCode = 1
    })

  leaf(registrations, 'undo-import <id>', 'take an import back: what is still protected by it is withdrawn', [
    'registrations undo-import 019ab3f2-0000-7000-8000-000000000001',
  ]).action(async (id: string, options: CommonOptions) => {
    const ctx = context()
    const api = await openApi(ctx.env)
    const path = `/registrations/imports/${encodeURIComponent(id)}/undo`
    const done = await api.send('POST', path, undefined, z.object({ withdrawn: z.number() }))
    answer(ctx, options, done, () => `Withdrawn: ${String(done.withdrawn)}`)
  })
}

function chunksOf(rows: readonly Row[]): Row[][] {
  const chunks: Row[][] = []
  let bytes = Infinity
  for (const row of rows) {
    const size = Buffer.byteLength(JSON.stringify(row))
    const last = chunks.at(-1)
    if (last === undefined || last.length === CHUNK || bytes + size > CHUNK_BYTES) {
      chunks.push([row])
      bytes = size
    } else {
      last.push(row)
      bytes += size
    }
  }
  return chunks
}

/** What came before is kept, and by which import it can be taken back. */
function notWhole(error: unknown, importId: string | null, file: string, line: number): unknown {
  if (!(error instanceof CausewayError) || importId === null) return error
  const kept = `${file}:${String(line)} from here on nothing was taken in; what came before is kept as import ${importId}, and is known by its references when the file is imported again`
  return new CausewayError(
    error.code,
    `${error.message}. ${kept}`,
    { ...error.detail, importId, line },
    { cause: error },
  )
}

const withInfo = z.array(z.object({ record: z.array(z.string()), info: z.object({ lines: z.number() }) }))

/** @throws CW_REQUEST_INVALID for what is no CSV with known columns */
function rowsOf(file: string, source: string): Row[] {
  const refused = (line: number, message: string) =>
    new CausewayError('CW_REQUEST_INVALID', `${file}:${String(line)} ${message}`, { file, line })
  let read: z.infer<typeof withInfo>
  try {
    read = withInfo.parse(parse(source, { bom: true, info: true, skip_empty_lines: true }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const { lines } = z.object({ lines: z.number().catch(1) }).parse({ lines: error['lines'] })
    throw refused(lines, 'this is no CSV, or has another number of columns than the heading')
  }
  const [head, ...rows] = read
  const header = (head?.record ?? []).map((name) => name.trim().toLowerCase())
  const columns = header.map((name) => importColumns.find((known) => known === name))
  const unknown = header.filter((_, at) => columns[at] === undefined)
  if (unknown.length > 0) throw refused(1, `there is no column "${unknown.join('", "')}"; see --help`)
  if (rows.length === 0) throw refused(1, 'there is no row under the heading')
  return rows.map(({ record, info }) => ({
    line: info.lines,
    cells: Object.fromEntries(
      record.flatMap((cell, at) => {
        const column = columns[at]
        if (cell.length > LONGEST_CELL)
          throw refused(info.lines, `${header[at] ?? ''} has more than ${String(LONGEST_CELL)} letters`)
        return column === undefined || cell.trim() === '' ? [] : [[column, cell]]
      }),
    ),
  }))
}

function told(whole: Report, isTried: boolean, file: string, colour: boolean): string {
  const count = (state: string) => String(whole.imported.filter((one) => one.state === state).length)
  const linked = whole.imported.filter(({ dealId }) => dealId !== null).length
  const lines = [
    isTried ? 'Nothing was kept. It would be:' : `Import ${whole.importId ?? '(nothing new)'}`,
    `${count('approved')} approved, ${count('lapsed')} lapsed already, ${String(linked)} with a deal; ${String(whole.known.length)} known before; ${String(whole.flaws.length)} flaws`,
  ]
  const flaws = whole.flaws.map(({ line, code, message }) => `${file}:${String(line)} ${code} ${message}`)
  const against = whole.conflicts.map((one) => [
    one.line,
    one.kind,
    one.otherLine === null ? one.otherId : `line ${String(one.otherLine)}`,
    one.matchedOn.join(', '),
    one.score,
  ])
  const soon = whole.imported
    .filter(({ state }) => state === 'approved')
    .slice(0, 20)
    .map(({ line, registrationId, protectedUntil }) => [line, registrationId, instant(protectedUntil)])
  return [
    ...lines,
    ...(flaws.length === 0 ? [] : ['', ...flaws]),
    ...(against.length === 0
      ? []
      : ['', table(['LINE', 'STANDS AGAINST', 'WHICH', 'MATCHED ON', 'SCORE'], against, colour)]),
    ...(soon.length === 0 ? [] : ['', table(['LINE', 'REGISTRATION', 'PROTECTED UNTIL'], soon, colour)]),
  ].join('\n')
}
