/** What came of the writes that were sent: each ends in done, planned again, unclear or parked. */
import { sql } from 'drizzle-orm'
import { faultOf, type Fault, type Fields, type FieldValue, type Outcome } from '../../connectors/contract.ts'
import { transact } from '../db/attempts.ts'
import type { Db, Tx } from '../db/connection.ts'
import { proposeNamed } from '../db/named-duplicates.ts'
import { retryAt } from '../db/patience.ts'
import { suspectSchema } from '../db/schema-changes.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { hints, links, shadows, writes } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import { readBack, weigh } from '../mapping/read-back.ts'
import { capabilityOf, type System } from '../mapping/systems.ts'
import { isSame, type Answer } from '../mapping/translate.ts'
import { auditWrites, countWrites } from './audit.ts'
import type { ClaimedWrite } from './claim.ts'
import { releaseFollowers } from './followers.ts'
import { keepIds } from './vendor-ids.ts'

export interface Settlement {
  done: number
  retry: number
  unclear: number
  parked: number
  /** Answers to requests that a newer one has overtaken. */
  late: number
  /** The whole connection has to wait. */
  connectionFault: Fault | null
  /** The batch failed as a whole for a reason that may lie outside it. */
  batchFault: Fault | null
}

/** After so many vain attempts a write that the vendor keeps putting off is parked: some 24 minutes. */
const PATIENCE = 12
/** Batches are halved at most so often: 2¹⁴ is more than any vendor takes, its ways for many records included. */
const MOST_SPLITS = 14
/** How long until a write that failed with its batch is looked at again, in a smaller one. */
const SPLIT_WAIT_S = 2
/** A plain create may be stored by the vendor after our request was given up; read earlier, absence would prove nothing. */
const LATE_CREATE_S = 10

interface Row {
  link_id: string
  attempt: number
  run_id: string
  /** Of the mapping. */
  version: string | null
  /** An undo of this record: the ordinary wish for it stays planned. */
  restores: boolean
  status: 'done' | 'planned' | 'unclear' | 'parked'
  code: string | null
  detail: Record<string, unknown> | null
  /** Seconds until it is looked at again at the earliest; with `backs_off` the back-off of the write is added. */
  wait_s: number
  backs_off: boolean
  splits: boolean
  /** Parks once patience is over; `lonely` only while other writes of the connection succeed. */
  parks: 'never' | 'patient' | 'lonely'
  external_id: string | null
  fields: Fields | null
  answers: Record<string, Answer> | null
  /** Done, and yet to be looked at once more: the record was found to hold something else. */
  again: boolean
}

/**
 * Settles a batch in one transaction. An answer that comes after its write was claimed anew changes nothing: the newer attempt has
 * its own.
 *
 * @param readSince the fields of records that were read a moment later because the answer does not say what was stored
 */
export async function settleWrites(
  db: Db,
  system: System,
  batch: ClaimedWrite[],
  outcomes: Outcome[],
  readSince: ReadonlyMap<string, Fields> = new Map(),
): Promise<Settlement> {
  const byRef = new Map(outcomes.map((outcome) => [outcome.ref, outcome]))
  const result: Settlement = {
    done: 0,
    retry: 0,
    unclear: 0,
    parked: 0,
    late: 0,
    connectionFault: null,
    batchFault: null,
  }
  const rows = batch.map((write) => {
    // A write without an outcome is a connector's fault; what it did is not known.
    const outcome = byRef.get(write.ref) ?? { ref: write.ref, status: 'unclear' as const, fault: leftOut }
    if (outcome.status !== 'done' && outcome.fault.scope === 'connection') result.connectionFault ??= outcome.fault
    if (outcome.status !== 'done' && outcome.status !== 'rejected' && outcome.fault.scope === 'batch')
      result.batchFault ??= outcome.fault
    return rowOf(system, write, outcome, readSince.get(write.ref), batch.length)
  })
  const ended = await transact(db, (tx) => settleRows(tx, system, batch[0]?.object ?? '', rows))
  for (const { status } of ended) result[status === 'planned' ? 'retry' : status] += 1
  result.late = batch.length - ended.length
  return result
}

const leftOut = faultOf('CW_VENDOR_ANSWER', 'the answer left this record out')

function rowOf(
  system: System,
  write: ClaimedWrite,
  outcome: Outcome,
  readSince: Fields | undefined,
  size: number,
): Row {
  const row: Row = {
    link_id: write.ref,
    attempt: write.attempt,
    run_id: write.runId,
    version: write.mapping,
    restores: write.restores,
    status: 'done',
    code: null,
    detail: null,
    wait_s: 0,
    backs_off: false,
    splits: false,
    parks: 'never',
    external_id: null,
    fields: null,
    answers: null,
    again: false,
  }
  if (outcome.status === 'done')
    return { ...row, external_id: outcome.id, ...heldOf(system, write, outcome.stored?.fields, readSince) }
  const { fault } = outcome
  const { message, vendorCode, fields, existingIds } = fault
  const explained = { ...row, code: fault.code, detail: { message, vendorCode, fields, existingIds } }
  const asked = fault.retryAfterMs === null ? null : fault.retryAfterMs / 1000
  const splits = fault.scope === 'batch' && size > 1
  const parks = fault.scope === 'record' ? 'patient' : 'lonely'
  if (fault.scope === 'connection' && outcome.status !== 'unclear') {
    // Nobody's attempt came to nothing: the connection waits as a whole.
    return { ...explained, status: 'planned', wait_s: asked ?? 1 }
  }
  if (outcome.status === 'rejected')
    return splits ? { ...explained, status: 'planned', splits } : { ...explained, status: 'parked' }
  if (outcome.status === 'retry') {
    return {
      ...explained,
      status: 'planned',
      wait_s: asked ?? (splits ? SPLIT_WAIT_S : 0),
      backs_off: asked === null && !splits,
      splits,
      parks,
    }
  }
  const { visibleAfterMs, write: how } = capabilityOf(system, write.object)
  const lag = Math.max(visibleAfterMs / 1000, how === 'create' ? LATE_CREATE_S : 0, splits ? SPLIT_WAIT_S : 0)
  return { ...explained, status: 'unclear', wait_s: lag, backs_off: !splits, splits, parks }
}

/**
 * What the vendor holds now of the fields that we sent, and where it made something else of them. What it says itself that it stored
 * is its form of our values; in what was read a moment later a user may have had a hand.
 */
function heldOf(
  system: System,
  write: ClaimedWrite,
  stored: Fields | undefined,
  readSince: Fields | undefined,
): Pick<Row, 'fields' | 'answers'> {
  const mappings = system.mappings.filter(({ object }) => object === write.object)
  const { fields: there, doubtful } =
    stored === undefined && readSince !== undefined
      ? readBack(mappings, write.fields, readSince)
      : { fields: stored ?? write.fields, doubtful: new Set<string>() }
  const fields: Fields = {}
  const answers: Record<string, Answer> = {}
  for (const [path, sent] of Object.entries(write.fields)) {
    // A field that the answer leaves out is taken at our word.
    const held = there[path] === undefined ? sent : there[path]
    fields[path] = held
    if (isSame(held, sent)) continue
    // What an undo puts back is written once.
    answers[path] = doubtful.has(path) && !write.restores ? { sent, held, doubts: 1 } : { sent, held }
  }
  return { fields, answers }
}

/** A write whose doubtful fields are weighed against what was found in them before. */
function weighed(row: Row, before: Record<string, Answer>): Row {
  const answers = Object.entries(row.answers ?? {}).map(([path, answer]): [string, Answer] => [
    path,
    answer.doubts === undefined ? answer : weigh(answer, before[path]),
  ])
  if (answers.length === 0) return row
  return { ...row, answers: Object.fromEntries(answers), again: answers.some(([, { doubts }]) => doubts !== undefined) }
}

/** For the audit: what our write made of the record, and not what somebody may have made of that since. */
function asWritten({ fields, answers, ...row }: Row): Row {
  const doubted = Object.entries(answers ?? {}).flatMap(([path, { sent, doubts }]): [string, FieldValue][] =>
    doubts === undefined ? [] : [[path, sent]],
  )
  return { ...row, answers, fields: { ...fields, ...Object.fromEntries(doubted) } }
}

async function settleRows(
  tx: Tx,
  system: System,
  object: string,
  all: Row[],
): Promise<{ status: 'done' | 'planned' | 'unclear' | 'parked' }[]> {
  const present = await presentAttempts(tx, all)
  const rows = all.flatMap((row) => {
    const before = present.get(row.link_id)
    return before === undefined ? [] : [weighed(row, before)]
  })
  const taken = await keepIds(
    tx,
    system.name,
    object,
    rows.flatMap(({ link_id, external_id }) =>
      external_id === null ? [] : [{ linkId: link_id, externalId: external_id }],
    ),
  )
  const settled = rows.map((row): Row => {
    const id = taken.get(row.link_id)
    if (id === undefined) return row
    const detail = { message: 'the vendor’s record is another record of ours', existingIds: [id] }
    return { ...row, status: 'parked', code: 'CW_RECORD_DUPLICATE', detail, fields: null, answers: null, again: false }
  })
  const done = settled.filter((row) => row.status === 'done')
  const told = await auditWrites(tx, done.map(asWritten))
  await readOvertaken(tx, system, object, done)
  await keepShadows(tx, settled)
  const ended = await writeRows(tx, settled)
  const refused = settled.flatMap(({ link_id, code }) => (code === 'CW_RECORD_DUPLICATE' ? [link_id] : []))
  await proposeNamed(tx, system, object, { refused, read: [] })
  await releaseFollowers(
    tx,
    done.map((row) => row.link_id),
  )
  // Some got through: what waits because a batch failed as a whole may travel in larger company again.
  if (done.length > 0)
    await tx.execute(sql`
      update ${writes} set split = split - 1 where connection = ${system.name} and object = ${object}
        and split > 0 and status = 'planned' and not_before <= now()`)
  await countWrites(tx, told)
  // A changed schema would explain these: it is read before more records are refused.
  if (settled.some(({ code }) => code !== null && ofSchema.has(code)))
    await suspectSchema(tx, system.name, object, SUSPECT_S)
  return ended
}

/** Refusals that a changed schema would explain. */
const ofSchema: ReadonlySet<string> = new Set<ErrorCode>([
  'CW_RECORD_INVALID',
  'CW_RECORD_TOO_LARGE',
  'CW_FIELD_MISSING',
])
/** Records are refused for other reasons too: for those the schema is not read more often. */
const SUSPECT_S = 60

/** Locks the writes that still wait for these answers, and says what is known of the vendor's forms of their values. */
async function presentAttempts(tx: Tx, rows: Row[]): Promise<Map<string, Record<string, Answer>>> {
  if (rows.length === 0) return new Map()
  const asked = JSON.stringify(rows.map(({ link_id, attempt }) => ({ link_id, attempt })))
  const present = await tx.execute<{ link_id: string; answers: Record<string, Answer> | null }>(sql`
    select w.link_id, nullif(s.answers, '{}') as answers
    from ${writes} w join jsonb_to_recordset(${asked}::jsonb) as r(link_id uuid, attempt int)
      on w.link_id = r.link_id and w.attempt = r.attempt
    left join ${shadows} s on s.link_id = w.link_id
    where w.status in ('sending', 'unclear') order by w.link_id for update of w`)
  return new Map(present.rows.map((row) => [row.link_id, row.answers ?? {}]))
}

/**
 * Records that were read while our write was under way: a user's edit may have come before it or after it, and what was read last may be
 * neither. They are read once more by their ids, when what we sent is known.
 */
async function readOvertaken(tx: Tx, system: System, object: string, done: Row[]): Promise<void> {
  if (done.length === 0 || capabilityOf(system, object).read !== 'changes') return
  const { name } = system
  const { rows } = await tx.execute(sql`
    insert into ${hints} (connection, object, external_id, body)
    select ${name}, ${object}, coalesce(r.external_id, l.external_id), ''
    from jsonb_to_recordset(${JSON.stringify(done.map(({ link_id, external_id }) => ({ link_id, external_id })))}::jsonb) as r(link_id uuid, external_id text)
    join ${writes} w on w.link_id = r.link_id
    join ${links} l on l.id = r.link_id
    join ${shadows} s on s.link_id = r.link_id and s.seen_at >= w.sent_at
    where coalesce(r.external_id, l.external_id) is not null returning id`)
  if (rows.length > 0) await nudge(tx, [workflowId.stream(name, object)])
}

/**
 * Only the fields that we sent: what else the answer shows is the vendor's, and comes in as a change, or a user's edit would be
 * taken for known.
 */
async function keepShadows(tx: Tx, settled: Row[]): Promise<void> {
  const held = settled.flatMap(({ link_id, fields, answers }) =>
    fields === null ? [] : [{ link_id, fields, answers }],
  )
  if (held.length === 0) return
  await tx.execute(sql`
    insert into shadows as s (link_id, fields, answers, version)
    select link_id, fields, answers, 'sent' from jsonb_to_recordset(${JSON.stringify(held)}::jsonb) as r(link_id uuid, fields jsonb, answers jsonb)
    on conflict (link_id) do update set
      fields = s.fields || excluded.fields,
      answers = (s.answers - array(select jsonb_object_keys(excluded.fields))) || excluded.answers,
      seen_at = now()`)
}

/** One statement for the whole batch. A wish that grew while its forerunner was in flight is planned again. */
async function writeRows(tx: Tx, rows: Row[]): Promise<{ status: 'done' | 'planned' | 'unclear' | 'parked' }[]> {
  if (rows.length === 0) return []
  // 2 s doubling to 5 minutes, by the attempts in a row that came to nothing, times 0.5 to 1.5: batches that were in each other's way
  // do not come back together. One factor for the batch: its own records are never in each other's way, and one request takes them all.
  const jitter = sql`(0.5 + ${Math.random()}::float8)`
  const backoff = sql`case when r.backs_off then ${jitter} * least(300, 2 ^ least(w.failures + 1, 9)) else 0 end`
  const isOver = sql`w.failures + 1 >= ${PATIENCE} and (r.parks = 'patient' or r.parks = 'lonely' and exists (
    select from ${writes} o where o.connection = w.connection and o.status = 'done' and o.updated_at > now() - interval '5 minutes'))`
  const becomes = sql`case when r.status = 'done' and (w.desired > w.sent or r.again or r.restores or w.restore is not null) then 'planned'
                    when r.backs_off and r.parks <> 'never' and (${isOver}) then 'parked' else r.status end`
  const { rows: ended } = await tx.execute<{ status: 'done' | 'planned' | 'unclear' | 'parked' }>(sql`
    update ${writes} w set
      status = ${becomes},
      code = r.code, detail = r.detail, lease_until = null,
      parks = case when r.status = 'done' then 0 else w.parks + (${becomes} = 'parked')::int end,
      retry_at = case when ${becomes} = 'parked' then ${retryAt(sql`r.code`, sql`w.parks`)} end,
      sent_fields = case when r.status = 'unclear' then w.sent_fields end,
      sent_over = case when r.status = 'unclear' then w.sent_over end,
      -- A wish that came while this one was under way says itself from when it may be sent.
      not_before = case when r.status = 'done' then greatest(w.not_before, now())
                        else now() + make_interval(secs => greatest(r.wait_s, ${backoff})) end,
      failures = case when r.status = 'done' then 0 else w.failures + r.backs_off::int end,
      split = case when r.status = 'done' then 0 else least(${MOST_SPLITS}, w.split + r.splits::int) end,
      -- Not what was planned by another run meanwhile.
      run_id = case when r.status = 'done' and w.run_id = r.run_id then null else w.run_id end,
      restore = case when r.status = 'done' and r.restores then null else w.restore end,
      updated_at = now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(
      link_id uuid, status text, code text, detail jsonb, wait_s float8, backs_off boolean, splits boolean, parks text, run_id uuid, restores boolean, again boolean)
    where w.link_id = r.link_id returning case when r.status = 'done' then 'done' else w.status end as status`)
  return ended
}
