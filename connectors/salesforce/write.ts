/**
 * Writes a batch in one request: a composite call of the collections that save the records and the queries that read them
 * back, so that what Salesforce made of the values is known without another call.
 */
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { Ctx, Fault, FieldValue, Outcome, Ref, VendorRecord, Write } from '../contract.ts'
import { planJobs, runJob } from './bulk.ts'
import { rawNumber } from './exact-json.ts'
import { longId } from './ids.ts'
import { batchSize, bulk, keyOf } from './objects.ts'
import { foldKey, readRecords } from './read.ts'
import { columns, isComplete, rowsSchema, toRecord } from './records.ts'
import { collectionFault, faultFrom, problemsSchema } from './refusal.ts'
import type { Settings } from './settings.ts'
import { isOneOf, lists, select } from './soql.ts'
import { bodyFields } from './values.ts'
import type { Way, Writing } from './values.ts'

const compositeSchema = z.object({
  compositeResponse: z.array(
    z.object({ referenceId: z.string(), httpStatusCode: z.coerce.number(), body: z.unknown() }),
  ),
})
const resultsSchema = z.array(
  z.union([
    z.object({ success: z.literal(true), id: z.string() }),
    z.object({ success: z.literal(false), errors: problemsSchema }),
  ]),
)

/** Of the 25 parts of a composite call, only five may be queries or collections. */
const heavyParts = 5

/**
 * Writes what fits into one call at once, more than that call after call, and very many by bulk jobs. Never two calls side by
 * side: their records may be children of one account, whose lock one of them would wait for in vain.
 */
export async function writeBatch(w: Writing, batch: Write[], ctx: Ctx): Promise<Outcome[]> {
  const [first] = batch
  if (first === undefined) return []
  const object = first.object
  const outcomes = new Map<string, Outcome>()
  const refuse = ({ ref }: Write, fault: Fault) => outcomes.set(ref, { ref, status: 'rejected', fault })
  const able: Write[] = []
  for (const write of await withIds(w, batch, ctx)) {
    const refused = refusedHere(w.settings, write)
    if (refused === null) able.push(write)
    else refuse(write, refused)
  }
  const all = Map.groupBy(able.toSorted(byParent), wayOf)
  const { jobs, rest } = able.length > bulk.above ? planJobs(w, all) : { jobs: [], rest: all }
  for (const job of jobs) for (const outcome of await runJob(w, job, ctx)) outcomes.set(outcome.ref, outcome)
  for (const ways of calls(rest))
    for (const outcome of await send(w, object, ways, ctx)) outcomes.set(outcome.ref, outcome)
  return batch.map((write) => outcomes.get(write.ref) ?? unclear(write, 'No result for this record'))
}

/**
 * Update-only: a record that is known by our key alone is looked up first and changed by its id, which never makes one.
 * What cannot be looked up throws before anything is sent.
 */
async function withIds(w: Writing, batch: Write[], ctx: Ctx): Promise<Write[]> {
  const unnamed = batch.filter((write) => write.mode === 'update' && write.id === null && write.key !== null)
  if (unnamed.length === 0) return batch
  const refs = unnamed.map(({ object, key }): Ref => ({ object, by: 'key', value: key ?? '' }))
  const reads = await readRecords(w.client, w.settings, refs, [], ctx)
  const ids = new Map(
    unnamed.flatMap(({ ref }, i) => {
      const read = reads[i]
      return read?.status === 'found' && !read.record.deleted ? [[ref, read.record.id] as const] : []
    }),
  )
  return batch.map((write) => ({ ...write, id: ids.get(write.ref) ?? write.id }))
}

/** A record that is known by its id is changed by it: by a key that it lacks, a second one would be made. */
function wayOf(write: Write): Way {
  if (write.mode === 'update' || (write.mode === 'upsert' && write.id !== null)) return 'update'
  return write.mode === 'upsert' && write.key !== null ? 'upsert' : 'create'
}

function byParent(a: Write, b: Write): number {
  const [x, y] = [a.parent ?? '', b.parent ?? '']
  return x < y ? -1 : x > y ? 1 : 0
}

/** Cuts the writes into calls of at most 200. Children of one parent stand together, so that few calls share one. */
function calls(ways: Map<Way, Write[]>): Map<Way, Write[]>[] {
  const sorted = [...ways].flatMap(([way, writes]) => writes.map((write) => ({ way, write })))
  sorted.sort((a, b) => byParent(a.write, b.write))
  const out: Map<Way, Write[]>[] = []
  for (let start = 0; start < sorted.length; start += batchSize) {
    const ofCall = Map.groupBy(sorted.slice(start, start + batchSize), ({ way }) => way)
    out.push(new Map([...ofCall].map(([way, some]) => [way, some.map(({ write }) => write)])))
  }
  return out
}

/** What Salesforce would not refuse but do wrong. */
function refusedHere(settings: Settings, write: Write): Fault | null {
  if (write.mode === 'update' && write.id === null)
    return write.key === null
      ? faultOf('CW_RECORD_INVALID', 'An update needs the record’s id or our key', { fields: ['Id'] })
      : faultOf('CW_RECORD_GONE', 'No record has this key, and an update makes none')
  const currency = write.fields.CurrencyIsoCode
  if (settings.multiCurrency || currency === undefined || currency === null || currency === settings.currency)
    return null
  return faultOf('CW_RECORD_INVALID', `The org holds amounts in ${settings.currency} only`, {
    fields: ['CurrencyIsoCode'],
  })
}

async function send(w: Writing, object: string, ways: Map<Way, Write[]>, ctx: Ctx): Promise<Outcome[]> {
  const writes = [...ways.values()].flat()
  const fields = [...new Set([...w.fields(object), ...writes.flatMap((write) => Object.keys(write.fields))])]
  const saves = [...ways].map(([way, some]) => savePart(w, object, way, some))
  const reads = readParts(w, object, fields, ways).slice(0, heavyParts - saves.length)
  let parts: Map<string, { status: number; body: unknown }>
  try {
    const body = { allOrNone: false, compositeRequest: [...saves, ...reads] }
    const answer = await w.client.call(
      { method: 'POST', path: '/composite', route: '/composite', body, effect: 'write' },
      ctx,
    )
    if (!answer.ok) {
      const refusal = collectionFault(answer.problems, writes.length)
      return writes.map((write) => refusedOutcome(write, refusal))
    }
    const parsed = compositeSchema.safeParse(answer.body)
    if (!parsed.success) return writes.map((write) => unclear(write, 'The answer is not that of a composite call'))
    parts = new Map(
      parsed.data.compositeResponse.map((p) => [p.referenceId, { status: p.httpStatusCode, body: p.body }]),
    )
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return writes.map((write) => ({
      ref: write.ref,
      status: error.effect === 'maybe' ? 'unclear' : 'retry',
      fault: error.fault,
    }))
  }
  const stored = storedRecords(w.settings, object, fields, parts)
  return [...ways].flatMap(([way, some]) => outcomesOf(parts.get(way), some, stored))
}

interface Part {
  method: string
  url: string
  referenceId: string
  body?: unknown
}

function savePart(w: Writing, object: string, way: Way, writes: Write[]): Part {
  const key = keyOf(w.settings, object)
  const collection = `${w.client.base}/composite/sobjects`
  const records = writes.map((write) => ({
    attributes: { type: object },
    ...(way === 'update' ? { id: write.id } : {}),
    ...(write.key === null ? {} : { [key]: write.key }),
    ...Object.fromEntries(
      Object.entries(bodyFields(w, write, way)).map(([name, value]) => [name, bodyValue(w.settings, name, value)]),
    ),
  }))
  return {
    method: way === 'create' ? 'POST' : 'PATCH',
    url: way === 'upsert' ? `${collection}/${object}/${key}` : collection,
    referenceId: way,
    body: { allOrNone: false, records },
  }
}

function bodyValue(settings: Settings, name: string, value: FieldValue): unknown {
  if (Array.isArray(value)) return value.join(';')
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) && settings.numberFields.includes(name)
    ? rawNumber(value)
    : value
}

/** Queries of what the saves leave behind, also of what stood in a new one’s way. A created record without key cannot be asked for: it is read back by its id later. */
function readParts(w: Writing, object: string, fields: string[], ways: Map<Way, Write[]>): Part[] {
  const asked = [
    ...lists((ways.get('update') ?? []).flatMap((write) => longId(write.id ?? '') ?? [])).map((ids) =>
      isOneOf('Id', ids),
    ),
    ...lists([...(ways.get('upsert') ?? []), ...(ways.get('create') ?? [])].flatMap((write) => write.key ?? [])).map(
      (keys) => isOneOf(keyOf(w.settings, object), keys),
    ),
  ]
  return asked.map((where, i) => ({
    method: 'GET',
    url: `${w.client.base}/query?q=${encodeURIComponent(select({ object, fields: columns(object, fields, w.settings), where }))}`,
    referenceId: `stored${String(i)}`,
  }))
}

/** What the queries found, by id. A query that failed only means that the records are read back by another call. */
function storedRecords(
  settings: Settings,
  object: string,
  fields: string[],
  parts: Map<string, { status: number; body: unknown }>,
): Map<string, VendorRecord> {
  const found = new Map<string, VendorRecord>()
  for (const [name, part] of parts) {
    const rows = name.startsWith('stored') && part.status === 200 ? rowsSchema.safeParse(part.body) : null
    for (const row of rows?.data?.records ?? []) {
      const record = isComplete(row) ? toRecord(object, row, fields, settings) : null
      if (record !== null) found.set(record.id, record)
    }
  }
  return found
}

function outcomesOf(
  part: { status: number; body: unknown } | undefined,
  writes: Write[],
  stored: Map<string, VendorRecord>,
): Outcome[] {
  if (part === undefined) return writes.map((write) => unclear(write, 'The answer lacks the results'))
  if (part.status >= 400) {
    const problems = problemsSchema.safeParse(part.body)
    if (!problems.success) return writes.map((write) => unclear(write, 'The results cannot be read'))
    const refusal = collectionFault(problems.data, writes.length)
    return writes.map((write) => refusedOutcome(write, refusal))
  }
  const results = resultsSchema.safeParse(part.body)
  if (!results.success || results.data.length !== writes.length)
    return writes.map((write) => unclear(write, 'The results cannot be read'))
  const held = new Map([...stored.values()].map((record) => [foldKey(record.key ?? ''), record.id]))
  return writes.map((write, i) => {
    const result = results.data[i]
    if (result === undefined) return unclear(write, 'No result for this record')
    if (!result.success) {
      const { fault, retry } = faultFrom(result.errors)
      const holder = write.key === null ? undefined : held.get(foldKey(write.key))
      const isTaken = fault.code === 'CW_RECORD_DUPLICATE' && fault.existingIds.length === 0 && holder !== undefined
      return refusedOutcome(write, { fault: isTaken ? { ...fault, existingIds: [holder] } : fault, retry })
    }
    const id = longId(result.id) ?? result.id
    const record = stored.get(id) ?? null
    // Two records of a case-insensitive key would be a surprise; then the read-back is left to the caller.
    const same = record === null || write.key === null || foldKey(record.key ?? '') === foldKey(write.key)
    return { ref: write.ref, status: 'done', id, stored: same ? record : null }
  })
}

function refusedOutcome(write: Write, { fault, retry }: { fault: Fault; retry: boolean }): Outcome {
  return { ref: write.ref, status: retry ? 'retry' : 'rejected', fault }
}

function unclear(write: Write, message: string): Outcome {
  return { ref: write.ref, status: 'unclear', fault: faultOf('CW_VENDOR_ANSWER', message, { scope: 'batch' }) }
}
