/**
 * Bulk API 2.0 for many records at once: a job for each set of fields, its data as one CSV, and the fate of every row from the
 * result files. Nothing is done before a job is closed, so all that fails earlier is proven not done; what a closed job did is
 * known only from its results, and without them every record is unclear and settled by its key.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault, FieldValue, Outcome, Write } from '../contract.ts'
import type { Call, Client } from './client.ts'
import { readCsv, writeCsv } from './csv.ts'
import { idIn } from './derived.ts'
import { bulk, keyOf } from './objects.ts'
import { foldKey } from './read.ts'
import { faultFrom } from './refusal.ts'
import { bodyFields } from './values.ts'
import type { Way, Writing } from './values.ts'

const jobSchema = z.object({ id: z.string(), state: z.string(), errorMessage: z.string().nullish() })
type JobState = z.output<typeof jobSchema>

const base = '/jobs/ingest'
/** A job takes 150 MB; this leaves room for what the network adds. */
const largestUpload = 90_000_000
const uploadMs = 120_000
const resultsMs = 60_000

/** Writes of one way whose rows have the same columns: an absent column leaves a field alone, an empty one would not say so for null. */
export interface Job {
  object: string
  way: Way
  header: string[]
  writes: Write[]
  rows: string[][]
}

/** Whether a job can tell this write's row from the others in its results, and its values can be said in CSV. */
export function fitsBulk(write: Write, way: Way): boolean {
  if (way === 'update' ? idIn(write.id) === null : write.key === null) return false
  return Object.values(write.fields).every((value) => value !== nothing)
}

/** Groups writes into jobs; what is too little for a job of its own is given back. */
export function planJobs(w: Writing, ways: Map<Way, Write[]>): { jobs: Job[]; rest: Map<Way, Write[]> } {
  const groups = new Map<string, Job>()
  const rest = new Map<Way, Write[]>()
  const keep = (way: Way, write: Write) => rest.set(way, [...(rest.get(way) ?? []), write])
  for (const [way, writes] of ways) {
    for (const write of writes) {
      if (!fitsBulk(write, way)) {
        keep(way, write)
        continue
      }
      const cells = cellsOf(w, write, way)
      const header = Object.keys(cells)
      const name = `${way} ${header.join()}`
      const job = groups.get(name) ?? { object: write.object, way, header, writes: [], rows: [] }
      groups.set(name, job)
      job.writes.push(write)
      job.rows.push(Object.values(cells))
    }
  }
  const jobs: Job[] = []
  for (const job of groups.values()) {
    if (job.writes.length > bulk.above / 2) jobs.push(...cut(job))
    else for (const write of job.writes) keep(job.way, write)
  }
  return { jobs, rest }
}

/** `#N/A` empties a field; an empty cell would leave it alone. */
const nothing = '#N/A'

function cellsOf(w: Writing, write: Write, way: Way): Record<string, string> {
  const key = write.key === null ? {} : { [keyOf(w.settings, write.object)]: write.key }
  const id = way === 'update' ? { Id: idIn(write.id) ?? '' } : {}
  const fields = Object.entries(bodyFields(w, write, way)).toSorted(([a], [b]) => (a < b ? -1 : 1))
  return { ...id, ...key, ...Object.fromEntries(fields.map(([name, value]) => [name, cellOf(value)])) }
}

function cellOf(value: FieldValue): string {
  if (value === null || value === '') return nothing
  return Array.isArray(value) ? value.join(';') : String(value)
}

function cut(job: Job): Job[] {
  const parts: Job[] = []
  let size = Infinity
  for (const [i, row] of job.rows.entries()) {
    const write = job.writes[i]
    const length = Buffer.byteLength(row.join()) + row.length * 3
    if (write === undefined) continue
    if (size + length > largestUpload) {
      parts.push({ ...job, writes: [], rows: [] })
      size = 0
    }
    size += length
    const part = parts.at(-1)
    part?.writes.push(write)
    part?.rows.push(row)
  }
  return parts
}

/** Carries a job through. Every write has an outcome, whatever happens. */
export async function runJob(w: Writing, job: Job, ctx: Ctx): Promise<Outcome[]> {
  const all = (status: 'retry' | 'unclear', fault: Fault): Outcome[] =>
    job.writes.map(({ ref }) => ({ ref, status, fault }))
  const id = await openJob(w, job, ctx)
  if (typeof id !== 'string') return all('retry', id)
  const refused = await closeJob(w.client, id, ctx)
  if (refused?.done === 'no') {
    await abandon(w.client, id, ctx)
    return all('retry', refused.fault)
  }
  const end = await awaitEnd(w.client, id, ctx)
  if (end === null) {
    // Rows that the job has saved by now stay saved.
    await abandon(w.client, id, ctx)
    return all('unclear', unknownFate('The bulk job was given up before it ended'))
  }
  return fates(w, job, id, end, ctx)
}

/** Opens the job and uploads its rows. Answers its id, or why it came to nothing. */
async function openJob(w: Writing, job: Job, ctx: Ctx): Promise<string | Fault> {
  const operation = { update: 'update', upsert: 'upsert', create: 'insert' }[job.way]
  const body = {
    object: job.object,
    operation,
    contentType: 'CSV',
    columnDelimiter: 'COMMA',
    lineEnding: 'LF',
    ...(job.way === 'upsert' ? { externalIdFieldName: keyOf(w.settings, job.object) } : {}),
  }
  const opened = await attempt(w.client, { method: 'POST', path: base, route: base, body, effect: 'write' }, ctx)
  if (!opened.ok) return opened.fault
  const parsed = jobSchema.safeParse(opened.body)
  if (!parsed.success) return faultOf('CW_VENDOR_ANSWER', 'The answer is no bulk job', { scope: 'batch' })
  const { id } = parsed.data
  const upload: Call = {
    method: 'PUT',
    path: `${base}/${id}/batches`,
    route: `${base}/:id/batches`,
    csv: writeCsv([job.header, ...job.rows]),
    effect: 'write',
    expects: 'nothing',
    deadlineMs: uploadMs,
  }
  const uploaded = await attempt(w.client, upload, ctx)
  if (uploaded.ok) return id
  await abandon(w.client, id, ctx)
  return uploaded.fault
}

/** Null: the job is closed, or may be, and its state tells what it did. */
async function closeJob(client: Client, id: string, ctx: Ctx): Promise<{ done: 'no'; fault: Fault } | null> {
  const closed = await attempt(client, state(id, 'UploadComplete'), ctx)
  if (closed.ok || closed.done === 'maybe') return null
  return { done: 'no', fault: closed.fault }
}

function state(id: string, wished: 'UploadComplete' | 'Aborted'): Call {
  const route = `${base}/:id`
  return { method: 'PATCH', path: `${base}/${id}`, route, body: { state: wished }, effect: 'write' }
}

const isOver = (job: JobState): boolean => ['JobComplete', 'Failed', 'Aborted'].includes(job.state)

/** Looks again and again, ever more seldom, until the job is over. Null: given up, by the caller or because time is up. */
async function awaitEnd(client: Client, id: string, ctx: Ctx): Promise<JobState | null> {
  const endMs = performance.now() + bulk.deadlineMs - resultsMs
  let waitMs = 250
  while (performance.now() + waitMs < endMs && !ctx.signal.aborted) {
    await sleep(waitMs, undefined, { signal: ctx.signal }).catch(() => null)
    waitMs = Math.min(15_000, waitMs * 1.5)
    const looked = await attempt(
      client,
      { method: 'GET', path: `${base}/${id}`, route: `${base}/:id`, effect: 'read' },
      ctx,
    )
    const job = looked.ok ? jobSchema.safeParse(looked.body) : null
    // A look that failed says nothing of the job. One that is open still was not closed by the call that may have done so.
    if (job?.success === true && isOver(job.data)) return job.data
    if (job?.success === true && job.data.state === 'Open') return null
  }
  return null
}

/** Ends a job that nobody waits for any more. It may be too late, and the caller may have given up: neither matters. */
async function abandon(client: Client, id: string, ctx: Ctx): Promise<void> {
  await attempt(client, state(id, 'Aborted'), { ...ctx, signal: AbortSignal.timeout(5000) })
}

type Attempt = { ok: true; body: unknown } | { ok: false; fault: Fault; done: 'no' | 'maybe' }

async function attempt(client: Client, call: Call, ctx: Ctx): Promise<Attempt> {
  try {
    const answer = await client.call(call, ctx)
    if (answer.ok) return { ok: true, body: answer.body }
    // What is refused of a job is refused of no record: smaller batches, which go another way, find out which it is.
    const { fault } = faultFrom(answer.problems)
    return { ok: false, done: 'no', fault: fault.scope === 'record' ? { ...fault, scope: 'batch' } : fault }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { ok: false, done: error.effect, fault: error.fault }
  }
}

/** The outcome of every row from the job's three result files. */
async function fates(w: Writing, job: Job, id: string, end: JobState, ctx: Ctx): Promise<Outcome[]> {
  const column = job.way === 'update' ? 'Id' : keyOf(w.settings, job.object)
  const nameOf = (value: string): string => (column === 'Id' ? (idIn(value) ?? value) : foldKey(value))
  const rowsOf = async (file: string) => {
    const rows = await resultRows(w.client, id, file, ctx)
    return new Map(rows?.map((row) => [nameOf(row[column] ?? ''), row]))
  }
  const done = await rowsOf('successfulResults')
  const failed = await rowsOf('failedResults')
  const untouched = await rowsOf('unprocessedrecords')
  return job.writes.map((write): Outcome => {
    const { ref } = write
    const name = nameOf((job.way === 'update' ? write.id : write.key) ?? '')
    const success = idIn(done.get(name)?.sf__Id)
    if (success !== null) return { ref, status: 'done', id: success, stored: null }
    const failure = failed.get(name)
    if (failure !== undefined) {
      const { fault, retry } = faultFrom([problemOf(failure.sf__Error ?? '')])
      return { ref, status: retry ? 'retry' : 'rejected', fault }
    }
    if (untouched.has(name)) return { ref, status: 'retry', fault: unprocessed(end) }
    return { ref, status: 'unclear', fault: unknownFate('The results of the bulk job do not name this record') }
  })
}

/** Null: the file could not be read, or is no CSV. */
async function resultRows(
  client: Client,
  id: string,
  file: string,
  ctx: Ctx,
): Promise<Record<string, string>[] | null> {
  const call: Call = {
    method: 'GET',
    path: `${base}/${id}/${file}`,
    route: `${base}/:id/${file}`,
    effect: 'read',
    expects: 'text',
    deadlineMs: resultsMs,
  }
  const answer = await attempt(client, call, ctx)
  return answer.ok ? readCsv(String(answer.body)) : null
}

/** `CODE:what went wrong:Field, Field --`, as result files word an error. Of another form, it is all message. */
function problemOf(error: string) {
  const match = /^([A-Z][A-Z0-9_]+):(.*?)(?::([\w, ]*) --)?$/s.exec(error)
  const fields = (match?.[3] ?? '').split(',').map((name) => name.trim())
  return {
    code: match?.[1] ?? 'UNKNOWN',
    message: match?.[2] ?? error,
    fields: fields.filter((name) => name !== ''),
    existingIds: [],
  }
}

function unprocessed({ state: ended, errorMessage }: JobState): Fault {
  const message = `The bulk job ended as ${ended} before this record: ${errorMessage ?? 'no reason given'}`
  return faultOf('CW_VENDOR_UNAVAILABLE', message.slice(0, 300), { scope: 'batch' })
}

function unknownFate(message: string): Fault {
  return faultOf('CW_VENDOR_TIMEOUT', message, { scope: 'batch' })
}
