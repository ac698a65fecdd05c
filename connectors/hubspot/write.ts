/**
 * Writing records in three modes, with an outcome for each record.
 *
 * - `create` makes records that are not there; one whose key is taken is refused as a duplicate.
 * - `update` changes records that are there, by their id, or by our key where the id is not known.
 * - `upsert` does either by our key. HubSpot does not say beforehand which, and a new deal needs a stage, so an upsert of deals that
 *   name no stage costs one read; `create`, and an upsert that names the stage, cost none.
 */
import type { Ctx, Outcome, Write } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { batchRead, batchSchema, sameKey } from './batch-read.ts'
import type { BatchDeps } from './batch-read.ts'
import type { DealStart } from './deal-start.ts'
import { faultOfRow } from './faults.ts'
import type { VendorError } from './faults.ts'
import { keyOf } from './objects.ts'
import type { RecordObject } from './objects.ts'
import { outcomeOfError, scoped } from './outcome.ts'
import { propertiesOf, recordOf } from './records.ts'
import type { Row } from './records.ts'
import { linkPartners, linkTasks } from './write-links.ts'

type How = 'create' | 'update' | 'update by key' | 'upsert'

export interface WriteDeps extends BatchDeps {
  start: DealStart
}

/** At most one call for each way: each record's way is told by its own trace id. */
export async function writeRecords(
  deps: WriteDeps,
  object: RecordObject,
  batch: Write[],
  ctx: Ctx,
): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>()
  for (const [how, group] of Map.groupBy(batch, howOf)) {
    const told = how === null ? group.map(nameless) : await send(deps, object, how, group, ctx)
    for (const outcome of told) outcomes.set(outcome.ref, outcome)
  }
  const all = batch.flatMap((w) => outcomes.get(w.ref) ?? [])
  if (object === 'contacts') return linkPartners(deps, batch, all, ctx)
  return object === 'tasks' ? linkTasks(deps, batch, all, ctx) : all
}

/** Null: HubSpot could not tell which record is meant. */
function howOf(w: Write): How | null {
  if (w.mode === 'update') return w.id !== null ? 'update' : w.key !== null ? 'update by key' : null
  return w.key === null ? null : w.mode
}

function nameless(w: Write): Outcome {
  const message =
    w.mode === 'update'
      ? 'An update needs the record’s id'
      : 'A new record needs our id, by which a lost answer is settled'
  return { ref: w.ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message) }
}

async function send(deps: WriteDeps, object: RecordObject, how: How, batch: Write[], ctx: Ctx): Promise<Outcome[]> {
  const { api } = deps
  const verb = how === 'update by key' ? 'update' : how
  const route = `POST /crm/v3/objects/${object}/batch/${verb}`
  const call = { ctx, route, effect: 'write', schema: batchSchema, success: verb === 'create' ? 201 : 200 } as const
  try {
    const known = how === 'upsert' ? await knownKeys(deps, object, batch, ctx) : new Set<string>()
    const isNew = (w: Write) => how === 'create' || (how === 'upsert' && !known.has((w.key ?? '').toLowerCase()))
    const start = object === 'deals' && batch.some(isNew) ? await deps.start.find(ctx) : null
    const inputs = batch.map((w, index) => {
      const begins = isNew(w) ? start : null
      return { ...traceOf(index), ...addressOf(deps, how, w), properties: propertiesToSend(deps, object, w, begins) }
    })
    const { data } = await api.call(call, (sdk) => {
      switch (verb) {
        case 'create':
          return sdk.batch.create(object, { inputs: inputs.map((input) => ({ ...input, associations: [] })) })
        case 'update':
          return sdk.batch.update(object, { inputs })
        case 'upsert':
          return sdk.batch.upsert(object, { inputs })
      }
    })
    return outcomesOf(deps, object, how, batch, data.results, data.errors ?? [])
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return batch.map((w) => outcomeOfError(w.ref, error, batch.length))
  }
}

/** The place in the batch names each input, so that failures come back by record and in a 207. */
const traceOf = (index: number) => ({ objectWriteTraceId: `${index}` })

/** By which value HubSpot finds the record; a new one has none. Contacts go by our key too: by e-mail a partial upsert is refused. */
function addressOf({ settings }: BatchDeps, how: How, w: Write): { id: string; idProperty?: string } {
  if (how === 'update') return { id: w.id ?? '' }
  return { id: w.key ?? '', idProperty: keyOf(settings, w.object) }
}

function propertiesToSend(
  { settings }: BatchDeps,
  object: RecordObject,
  w: Write,
  start: Start | null,
): Record<string, string> {
  const properties = propertiesOf(object, w.fields, settings)
  return {
    ...(start === null ? {} : openDeal(properties, start)),
    ...properties,
    ...(w.key === null ? {} : { [keyOf(settings, object)]: w.key }),
  }
}

/**
 * Which of the deals that name no stage exist already. An upsert cannot say whether it creates, and a new deal needs a stage; one
 * that a rep has moved on must not be put back to the first.
 */
async function knownKeys(deps: BatchDeps, object: RecordObject, batch: Write[], ctx: Ctx): Promise<Set<string>> {
  const doubtful =
    object === 'deals' ? batch.filter((w) => w.fields['dealstage'] === undefined || w.fields['dealstage'] === null) : []
  if (doubtful.length === 0) return new Set()
  const refs = doubtful.map((w) => ({ value: w.key ?? '' }))
  try {
    const { rows } = await batchRead(deps, object, 'key', refs, [], false, ctx)
    return new Set(rows.map((r) => (r.properties[keyOf(deps.settings, object)] ?? '').toLowerCase()))
  } catch (error) {
    // Nothing was written yet, whatever became of the read.
    if (error instanceof ConnectorError) throw new ConnectorError(error.fault, 'no', { cause: error })
    throw error
  }
}

type Start = Awaited<ReturnType<DealStart['find']>>

function openDeal(properties: Record<string, string>, { pipeline, dealstage }: Start): Record<string, string> {
  // A stage that the record names belongs to the pipeline that it names, or to the one where new deals begin.
  return { pipeline, ...(properties['dealstage'] === undefined ? { dealstage } : {}) }
}

/**
 * Matches rows by key or id and never by place: the rows that succeed do not say which input they were. An input that neither a
 * row nor an error names is not known, for a 2xx alone proves nothing.
 */
function outcomesOf(
  { settings }: BatchDeps,
  object: RecordObject,
  how: How,
  batch: Write[],
  rows: Row[],
  errors: VendorError[],
): Outcome[] {
  const byId = new Map(rows.map((row) => [row.id, row]))
  const byKey = new Map(rows.map((row) => [row.properties[keyOf(settings, object)]?.toLowerCase(), row]))
  const rowFor = (w: Write) => {
    if (how === 'update') return byId.get(w.id ?? '')
    const row = byKey.get(w.key?.toLowerCase())
    return row !== undefined && sameKey(row.properties[keyOf(settings, object)], w.key ?? '') ? row : undefined
  }
  const traced = new Map(
    errors.flatMap((e) => (e.context?.['objectWriteTraceId'] ?? []).map((trace) => [trace, e] as const)),
  )
  const untraced = errors.filter((e) => (e.context?.['objectWriteTraceId'] ?? []).length === 0)
  return batch.map((w, index): Outcome => {
    const row = rowFor(w)
    if (row !== undefined)
      return { ref: w.ref, status: 'done', id: row.id, stored: recordOf(object, row, null, settings) }
    const own = traced.get(`${index}`)
    const judged = own === undefined ? null : faultOfRow(own)
    if (judged !== null) return { ref: w.ref, ...judged }
    const [shared] = untraced.flatMap((e) => faultOfRow(e) ?? [])
    // Refused, but not said for which of them: smaller batches will tell.
    if (own === undefined && shared !== undefined)
      return { ref: w.ref, ...shared, fault: scoped(shared.fault, batch.length === 1 ? 'record' : 'batch') }
    return {
      ref: w.ref,
      status: 'unclear',
      fault: faultOf('CW_VENDOR_ANSWER', 'The answer says nothing of this record'),
    }
  })
}
