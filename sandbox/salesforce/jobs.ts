/** Bulk API 2.0 ingest: a job is opened, gets its data, is closed, works in the background, and tells the fate of each row. */
import type { SandboxReply } from '../framework/definition.ts'
import { parseBody } from './body.ts'
import type { Body } from './body.ts'
import { readCsv, writeCsv } from './csv.ts'
import { bodyOf, endpoint, saveOf, textOf, versionOf } from './endpoint.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import { Decimal } from './exact-json.ts'
import type { Json } from './exact-json.ts'
import { idOf } from './ids.ts'
import { objectNamed, visibleField } from './org.ts'
import { Refusal, refuse } from './problem.ts'
import { create, externalField, remove, update, upsert } from './save.ts'
import type { Save } from './save.ts'
import type { ObjectDef } from './schema.ts'

type State = 'Open' | 'UploadComplete' | 'InProgress' | 'JobComplete' | 'Failed' | 'Aborted'
type Operation = 'insert' | 'update' | 'upsert' | 'delete'
const operations: readonly string[] = ['insert', 'update', 'upsert', 'delete']

export interface Job {
  id: string
  object: string
  operation: Operation
  keyField: string | null
  lineEnding: 'LF' | 'CRLF'
  state: State
  error: string | null
  createdMs: number
  closedMs: number | null
  header: string[]
  rows: string[][]
  /** Of each row that was tried: its id, or why it failed. */
  results: ({ id: string; created: boolean } | { error: string })[]
  by: Save
  version: string
}

/** 150 MB a file; a value holds 32,000 characters. */
const largest = 150_000_000
const longest = 32_000
const keptMs = 7 * 86_400_000

const base = '/jobs/ingest'
export const jobRoutes: OrgRoute[] = [
  endpoint('POST', base, 'write', (request, world) => {
    const body = bodyOf(request)
    const def = objectNamed(world.state, textOf(body.object, 'object'))
    const operation = operations.find((known) => known === body.operation)
    if (!isOperation(operation)) throw refuse(400, 'INVALIDJOB', 'The operation is not known')
    const keyField = typeof body.externalIdFieldName === 'string' ? body.externalIdFieldName : null
    if (operation === 'upsert') {
      if (keyField === null) throw refuse(400, 'INVALIDJOB', 'An upsert needs externalIdFieldName')
      externalField(world.state, def, keyField)
    }
    if ((body.contentType ?? 'CSV') !== 'CSV' || (body.columnDelimiter ?? 'COMMA') !== 'COMMA')
      throw refuse(400, 'INVALIDJOB', 'This stand-in takes CSV with commas')
    const job: Job = {
      id: idOf('750', world.nextNumber()),
      object: def.name,
      operation,
      keyField,
      lineEnding: body.lineEnding === 'CRLF' ? 'CRLF' : 'LF',
      state: 'Open',
      error: null,
      createdMs: world.clock.now(),
      closedMs: null,
      header: [],
      rows: [],
      results: [],
      by: saveOf(request, world),
      version: versionOf(request),
    }
    world.state.jobs.set(job.id, job)
    return { status: 200, json: { ...shown(job), contentUrl: `${base.slice(1)}/${job.id}/batches` } }
  }),
  endpoint('GET', base, 'read', (_request, world) => ({
    status: 200,
    json: { done: true, nextRecordsUrl: null, records: [...world.state.jobs.values()].map(shown) },
  })),
  endpoint('PUT', `${base}/:id/batches`, 'write', (request, world) => {
    const job = jobOf(world, request.params.id)
    if (job.state !== 'Open') throw refuse(400, 'INVALIDJOBSTATE', `Job is ${job.state}`)
    if (!(request.headers['content-type'] ?? '').startsWith('text/csv'))
      throw refuse(400, 'INVALIDBATCH', 'The content type is not text/csv')
    if (request.body.length > largest) throw refuse(413, 'EXCEEDEDLIMIT', 'The file is larger than 150 MB')
    if (job.header.length > 0) throw refuse(400, 'INVALIDBATCH', 'A job takes its data in one upload')
    try {
      const { header, rows } = readCsv(request.body.toString('utf8'))
      Object.assign(job, { header, rows })
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error
      job.error = `InvalidBatch : ${error.message}`
    }
    return { status: 201 }
  }),
  endpoint('PATCH', `${base}/:id`, 'write', (request, world) => {
    const job = jobOf(world, request.params.id)
    const { state } = bodyOf(request)
    if (state === 'UploadComplete' && job.state === 'Open') {
      Object.assign(job, { state, closedMs: world.clock.now(), by: { ...job.by, nowMs: world.clock.now() } })
    } else if (state === 'Aborted' && !isOver(job)) {
      job.state = 'Aborted'
    } else throw refuse(400, 'INVALIDJOBSTATE', `A job that is ${job.state} cannot go there`)
    return { status: 200, json: shown(job) }
  }),
  endpoint('GET', `${base}/:id`, 'read', (request, world) => {
    const job = jobOf(world, request.params.id)
    return {
      status: 200,
      json: {
        ...shown(job),
        numberRecordsProcessed: job.results.length,
        numberRecordsFailed: job.results.filter((result) => 'error' in result).length,
        ...(job.error === null ? {} : { errorMessage: job.error }),
      },
    }
  }),
  endpoint('DELETE', `${base}/:id`, 'write', (request, world) => {
    const job = jobOf(world, request.params.id)
    if (!isOver(job)) throw refuse(400, 'API_ERROR', `A job that is ${job.state} cannot be deleted`)
    world.state.jobs.delete(job.id)
    return { status: 204 }
  }),
  endpoint('GET', `${base}/:id/successfulResults`, 'read', (request, world) => {
    const job = overJobOf(world, request.params.id)
    return csv(world, job, ['sf__Id', 'sf__Created', ...job.header], (result, row) =>
      result !== null && 'id' in result ? [result.id, String(result.created), ...row] : null,
    )
  }),
  endpoint('GET', `${base}/:id/failedResults`, 'read', (request, world) => {
    const job = overJobOf(world, request.params.id)
    return csv(world, job, ['sf__Id', 'sf__Error', ...job.header], (result, row) =>
      result !== null && 'error' in result ? ['', result.error, ...row] : null,
    )
  }),
  endpoint('GET', `${base}/:id/unprocessedrecords`, 'read', (request, world) => {
    const job = overJobOf(world, request.params.id)
    return csv(world, job, job.header, (result, row) => (result === null ? row : null))
  }),
]

function isOperation(text: string | undefined): text is Operation {
  return text !== undefined
}

function isOver(job: Job): boolean {
  return ['JobComplete', 'Failed', 'Aborted'].includes(job.state)
}

function overJobOf(world: OrgWorld, id: string | undefined): Job {
  const job = jobOf(world, id)
  if (!isOver(job)) throw refuse(400, 'INVALIDJOBSTATE', 'The results are there when the job is over')
  return job
}

/** The job as it is by now: its work is done when somebody looks after its time. A job that ended is kept for seven days. */
function jobOf(world: OrgWorld, id = ''): Job {
  const job = world.state.jobs.get(id)
  const nowMs = world.clock.now()
  if (job === undefined || (isOver(job) && nowMs - job.createdMs > keptMs))
    throw refuse(404, 'NOT_FOUND', 'The requested resource does not exist')
  if (job.closedMs === null || isOver(job)) return job
  job.state = 'InProgress'
  if (nowMs - job.closedMs >= world.switches.bulkMs) work(world, job)
  return job
}

function work(world: OrgWorld, job: Job): void {
  const org = world.state
  const def = objectNamed(org, job.object)
  const unknown = job.header.find((name) => name !== 'Id' && visibleField(org, def, name) === null)
  if (unknown !== undefined) job.error ??= `InvalidBatch : Field name not found : ${unknown}`
  if (world.switches.bulkEnd === 'failed') job.error ??= 'InternalServerError : the batch was tried 20 times'
  const upTo =
    job.error !== null ? 0 : world.switches.bulkEnd === 'half' ? Math.floor(job.rows.length / 2) : job.rows.length
  // Rows are saved in no order that a client may rely on.
  for (const row of job.rows.slice(0, upTo)) job.results.push(saveRow(world, def, job, row))
  if (upTo < job.rows.length) job.error ??= 'TooManyRetries : the batch was tried 20 times'
  job.state = job.error === null ? 'JobComplete' : 'Failed'
}

function saveRow(world: OrgWorld, def: ObjectDef, job: Job, row: string[]): Job['results'][number] {
  const org = world.state
  try {
    const body = bodyOfRow(world, def, job.header, row)
    const { Id: id = null, ...fields } = body
    if (job.operation === 'insert') return { id: create(org, def.name, fields, job.by), created: true }
    if (job.operation === 'upsert') {
      const { [job.keyField ?? '']: key = null, ...rest } = fields
      if (typeof key !== 'string') throw refuse(400, 'MISSING_ARGUMENT', `${job.keyField ?? ''} not specified`)
      return upsert(org, def.name, job.keyField ?? '', key, rest, job.by)
    }
    if (typeof id !== 'string') throw refuse(400, 'MISSING_ARGUMENT', 'Id not specified', ['Id'])
    if (job.operation === 'delete') remove(org, def.name, id, job.by)
    else update(org, def.name, id, fields, job.by)
    return { id, created: false }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    const { errorCode, message, fields = [] } = error.problems[0] ?? { errorCode: 'UNKNOWN_EXCEPTION', message: '' }
    return { error: `${errorCode}:${message}:${fields.join(', ')} --` }
  }
}

/** An empty cell leaves the field alone; `#N/A` sets it to nothing. */
function bodyOfRow(world: OrgWorld, def: ObjectDef, header: string[], row: string[]): Body {
  const body: Body = {}
  for (const [i, name] of header.entries()) {
    const cell = row[i] ?? ''
    if (cell === '') continue
    if (cell.length > longest) throw refuse(400, 'STRING_TOO_LONG', `${name}: more than 32000 characters`, [name])
    body[name] = cell === '#N/A' ? null : valueOfCell(world, def, name, cell)
  }
  // Checked here too, so that a row fails by itself and with its field's name.
  parseBody(world.state, def, Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'Id')), 'createable')
  return body
}

function valueOfCell(world: OrgWorld, def: ObjectDef, name: string, cell: string): Json {
  const type = name === 'Id' ? 'id' : visibleField(world.state, def, name)?.type
  if (type === 'boolean') return cell.toLowerCase() === 'true'
  const isNumber = type === 'currency' || type === 'double' || type === 'percent' || type === 'int'
  return isNumber && /^-?\d+(\.\d+)?$/.test(cell) ? new Decimal(cell) : cell
}

function csv(
  world: OrgWorld,
  job: Job,
  header: string[],
  rowOf: (result: Job['results'][number] | null, row: string[]) => string[] | null,
): SandboxReply {
  const rows = job.rows.flatMap((row, i) => {
    const out = rowOf(job.results[i] ?? null, row)
    return out === null ? [] : [out]
  })
  const quotes = world.switches.bulkQuotes === 'needed' ? 'needed' : 'always'
  return {
    status: 200,
    headers: { 'content-type': 'text/csv' },
    text: writeCsv([header, ...rows.toReversed()], quotes),
  }
}

function shown(job: Job): Record<string, unknown> {
  return {
    id: job.id,
    operation: job.operation,
    object: job.object,
    createdDate: new Date(job.createdMs).toISOString().replace('Z', '+0000'),
    state: job.state,
    externalIdFieldName: job.keyField,
    concurrencyMode: 'Parallel',
    contentType: 'CSV',
    apiVersion: Number(job.version.slice(1)),
    lineEnding: job.lineEnding,
    columnDelimiter: 'COMMA',
  }
}
