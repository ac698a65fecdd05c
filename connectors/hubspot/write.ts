/** Writing records: upsert by our key, update by id, an outcome for each record. */
import type { Ctx, Outcome, Write } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { faultOfRow } from './faults.ts'
import type { VendorError } from './faults.ts'
import type { RecordObject } from './objects.ts'
import { outcomeOfError, scoped } from './outcome.ts'
import { batchRead, batchSchema, sameKey } from './read.ts'
import type { ReadDeps } from './read.ts'
import { propertiesOf, recordOf } from './records.ts'
import type { Row } from './records.ts'

/** At most one upsert and one update call: each record's way is told by its own trace id. */
export async function writeRecords(deps: ReadDeps, object: RecordObject, batch: Write[], ctx: Ctx): Promise<Outcome[]> {
  const outcomes = new Map<string, Outcome>()
  const updates = batch.filter((w) => w.mode === 'update' && w.id !== null)
  const upserts = batch.filter((w) => w.mode !== 'update' && w.key !== null)
  for (const outcome of await send(deps, object, 'update', updates, ctx)) outcomes.set(outcome.ref, outcome)
  for (const outcome of await send(deps, object, 'upsert', upserts, ctx)) outcomes.set(outcome.ref, outcome)
  return batch.map((w) => outcomes.get(w.ref) ?? nameless(w))
}

function nameless(w: Write): Outcome {
  const message =
    w.mode === 'update'
      ? 'An update needs the record’s id'
      : 'A new record needs our id, by which a lost answer is settled'
  return { ref: w.ref, status: 'rejected', fault: faultOf('CW_RECORD_INVALID', message) }
}

async function send(
  deps: ReadDeps,
  object: RecordObject,
  how: 'update' | 'upsert',
  batch: Write[],
  ctx: Ctx,
): Promise<Outcome[]> {
  if (batch.length === 0) return []
  const { api, settings } = deps
  const key = settings.properties.key
  const route = `POST /crm/v3/objects/${object}/batch/${how}`
  const call = { ctx, route, effect: 'write', schema: batchSchema, success: 200 } as const
  try {
    const known = how === 'upsert' ? await knownKeys(deps, object, batch, ctx) : new Set<string>()
    const inputs = batch.map((w, index) => {
      const properties = propertiesOf(object, w.fields, settings)
      if (how === 'update') {
        const ours = w.key === null ? {} : { [key]: w.key }
        return { ...traceOf(index), id: w.id ?? '', properties: { ...properties, ...ours } }
      }
      const isNew = !known.has((w.key ?? '').toLowerCase())
      const start = isNew && object === 'deals' ? openDeal(properties, settings) : {}
      return {
        ...traceOf(index),
        id: w.key ?? '',
        idProperty: key,
        properties: { ...start, ...properties, [key]: w.key ?? '' },
      }
    })
    const { data } = await api.call(call, (sdk) =>
      how === 'update' ? sdk.batch.update(object, { inputs }) : sdk.batch.upsert(object, { inputs }),
    )
    return outcomesOf(deps, object, how, batch, data.results, data.errors ?? [])
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return batch.map((w) => outcomeOfError(w.ref, error, batch.length))
  }
}

/** The place in the batch names each input, so that failures come back by record and in a 207. */
const traceOf = (index: number) => ({ objectWriteTraceId: `${index}` })

/**
 * Which of the deals that name no stage exist already. An upsert cannot say whether it creates, and a new deal needs a stage; one
 * that a rep has moved on must not be put back to the first.
 */
async function knownKeys(deps: ReadDeps, object: RecordObject, batch: Write[], ctx: Ctx): Promise<Set<string>> {
  const doubtful =
    object === 'deals' ? batch.filter((w) => w.fields['dealstage'] === undefined || w.fields['dealstage'] === null) : []
  if (doubtful.length === 0) return new Set()
  const refs = doubtful.map((w) => ({ value: w.key ?? '' }))
  try {
    const { rows } = await batchRead(deps, object, 'key', refs, [], false, ctx)
    return new Set(rows.map((r) => (r.properties[deps.settings.properties.key] ?? '').toLowerCase()))
  } catch (error) {
    // Nothing was written yet, whatever became of the read.
    if (error instanceof ConnectorError) throw new ConnectorError(error.fault, 'no', { cause: error })
    throw error
  }
}

function openDeal(properties: Record<string, string>, settings: ReadDeps['settings']): Record<string, string> {
  // A stage that the record names belongs to the pipeline that it names, or to the settings' one.
  return {
    pipeline: settings.pipeline,
    ...(properties['dealstage'] === undefined ? { dealstage: settings.openStage } : {}),
  }
}

/**
 * Matches rows by key or id and never by place: the rows that succeed do not say which input they were. An input that neither a
 * row nor an error names is not known, for a 2xx alone proves nothing.
 */
function outcomesOf(
  { settings }: ReadDeps,
  object: RecordObject,
  how: 'update' | 'upsert',
  batch: Write[],
  rows: Row[],
  errors: VendorError[],
): Outcome[] {
  const rowFor = (w: Write) =>
    rows.find((r) => (how === 'update' ? r.id === w.id : sameKey(r.properties[settings.properties.key], w.key ?? '')))
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
