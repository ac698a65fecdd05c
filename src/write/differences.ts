/**
 * What a connection's go-live would do, record by record and without doing it: judged as the sender judges, page by page, nothing
 * written and nothing planned. Works beside an integration that keeps the vendor's records today: what it keeps as we would is exact.
 */
import { and, asc, eq, gt, sql, type SQL } from 'drizzle-orm'
import type { FieldSchema, Fields, FieldValue } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { openCandidate, proposedHere } from '../db/proposals.ts'
import { breaksAt } from '../db/schema-changes.ts'
import { links, proposals, shadows, writes, type WriteStatus } from '../db/schema/index.ts'
import type { LedgerRecord } from '../db/ledger.ts'
import type { RecordKind } from '../domain/records.ts'
import type { ErrorCode } from '../errors.ts'
import { foreseen } from '../mapping/foreseen.ts'
import type { System } from '../mapping/systems.ts'
import type { Lookups } from '../mapping/translate.ts'
import { holdBack, holdBroken, judge, openLookups, recordsOf, type Candidate, type Verdict } from './judge.ts'
import { hopelessParents } from './parents.ts'

/**
 * `exact`: nothing to write; `proposed`: a person has to say first whether it is one of ours; `new`: it would be made; `would-change`;
 * `would-fail`: it is parked, or known to be refused; `vendor-only`: only this system has it, and it is never written; `untouched`: it
 * holds other values, and nothing is planned for it.
 */
export const outcomes = ['exact', 'proposed', 'new', 'would-change', 'would-fail', 'vendor-only', 'untouched'] as const
export type DifferenceOutcome = (typeof outcomes)[number]

export interface Difference {
  outcome: DifferenceOutcome
  linkId: string
  recordId: string
  kind: RecordKind
  /** The vendor's id; null for what would be made. */
  externalId: string | null
  fields: { field: string; theirs: FieldValue; ours: FieldValue }[]
  code: ErrorCode | null
  /** The vendor's fields that the code is about, where it is about some. */
  because: string[]
}

export interface ObjectDifferences {
  object: string
  counts: Record<DifferenceOutcome, number>
  /** How many records would get another value, by vendor field. */
  fields: Record<string, number>
  /** Why records would fail, by code. */
  codes: Record<string, number>
  /** The first records that are not exact. */
  examples: Difference[]
}

const PAGE = 500

export interface DifferencesWish {
  /** One object; absent: all. */
  object?: string | undefined
  /** Examples of each object at most. */
  records: number
  /** What the vendor says of its fields, by object; absent: refusals are foreseen by what is parked alone. */
  schemas?: ReadonlyMap<string, readonly FieldSchema[]>
}

export async function differencesOf(db: Db, given: System, wish: DifferencesWish): Promise<ObjectDifferences[]> {
  await mappingsInForce(db, given)
  // A report goes over many pages: all are judged by what was in force at its beginning.
  const system = { ...given }
  const objects = [...new Set(system.mappings.map(({ object }) => object))].filter(
    (object) => wish.object === undefined || object === wish.object,
  )
  const found: ObjectDifferences[] = []
  for (const object of objects) found.push(await objectDifferences(db, system, object, wish))
  return found
}

async function objectDifferences(
  db: Db,
  system: System,
  object: string,
  wish: DifferencesWish,
): Promise<ObjectDifferences> {
  const result: ObjectDifferences = {
    object,
    counts: { exact: 0, proposed: 0, new: 0, 'would-change': 0, 'would-fail': 0, 'vendor-only': 0, untouched: 0 },
    fields: {},
    codes: {},
    examples: [],
  }
  for (let after: string | null = null; ;) {
    const page = await db.transaction((tx) => readPage(tx, system, object, after, wish.schemas?.get(object)), {
      accessMode: 'read only',
    })
    for (const difference of page.differences) {
      const { outcome, fields, code } = difference
      result.counts[outcome] += 1
      if (outcome === 'would-change')
        for (const { field } of fields) result.fields[field] = (result.fields[field] ?? 0) + 1
      if (outcome === 'would-fail' && code !== null) result.codes[code] = (result.codes[code] ?? 0) + 1
      if (outcome !== 'exact' && outcome !== 'vendor-only' && result.examples.length < wish.records)
        result.examples.push(difference)
    }
    if (page.last === null) return result
    after = page.last
  }
}

/** A candidate with how it stands at the vendor. */
export interface Standing extends Candidate {
  status: WriteStatus | null
  code: ErrorCode | null
  /** Another system holds the record too. */
  shared: boolean
  proposed: boolean
}

async function readPage(
  tx: Tx,
  system: System,
  object: string,
  after: string | null,
  schema: readonly FieldSchema[] | undefined,
): Promise<{ differences: Difference[]; last: string | null }> {
  const page = await standingsOf(tx, system, object, after === null ? undefined : gt(links.id, after), PAGE)
  const alive = page.filter(({ gone }) => !gone)
  const differences = await judgeStandings(tx, system, object, alive, { records: await recordsOf(tx, alive), schema })
  return { differences, last: page.length < PAGE ? null : (page.at(-1)?.linkId ?? null) }
}

/** How the links of an object stand that meet a condition, in the order of their ids. */
export async function standingsOf(
  tx: Tx,
  system: System,
  object: string,
  condition: SQL | undefined,
  limit: number,
): Promise<Standing[]> {
  return tx
    .select({
      linkId: links.id,
      recordId: links.recordId,
      kind: links.kind,
      externalId: links.externalId,
      gone: links.gone,
      heldFields: links.heldFields,
      shadow: shadows.fields,
      answers: shadows.answers,
      status: writes.status,
      code: writes.code,
      shared: sql<boolean>`exists (select from ${links} o where o.record_id = ${links.recordId} and o.connection <> ${links.connection})`,
      proposed: sql<boolean>`exists (select from ${proposals} p where p.state = 'open' and (
        p.connection = ${links.connection} and p.object = ${links.object} and p.external_id = ${links.externalId}
        or p.candidates @> jsonb_build_array(jsonb_build_object('recordId', ${links.recordId}::text)) and exists (
          select from jsonb_array_elements(p.candidates) c where c ->> 'recordId' = ${links.recordId}::text and ${openCandidate})))`,
    })
    .from(links)
    .leftJoin(writes, eq(writes.linkId, links.id))
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .where(and(eq(links.connection, system.name), eq(links.object, object), condition))
    .orderBy(asc(links.id))
    .limit(limit)
}

/** What would be written of each, judged as the sender judges. */
export async function judgeStandings(
  tx: Tx,
  system: System,
  object: string,
  alive: Standing[],
  given: {
    records: ReadonlyMap<string, LedgerRecord>
    schema: readonly FieldSchema[] | undefined
    /** The vendor's ids of records that are not in the ledger yet. */
    toTheirs?: Lookups['toTheirs']
  },
): Promise<Difference[]> {
  const { records, schema } = given
  const stored = await openLookups(tx, system, object, records)
  const lookups: Lookups = {
    ...stored,
    toTheirs: (of, id) => stored.toTheirs(of, id) ?? given.toTheirs?.(of, id),
  }
  const judged = alive.map(
    (standing) =>
      [standing, judge(system, object, standing, records.get(standing.recordId), lookups, undefined)] as const,
  )
  const awaited = judged.flatMap(([, verdict]) => (verdict.do === 'await' ? verdict.records : []))
  const hopeless = await hopelessParents(tx, system, awaited)
  const held = await proposedHere(tx, system.name, [
    ...alive.flatMap(({ externalId, recordId }) => (externalId === null ? [recordId] : [])),
    ...awaited.map(({ recordId }) => recordId),
  ])
  const breaks = await breaksAt(tx, system.name, object)
  return judged.map(([standing, verdict]) => {
    const free = holdBack(verdict, held.get(standing.recordId))
    return told(standing, holdBroken(free, breaks, standing.externalId === null), { hopeless, held, schema })
  })
}

interface Known {
  /** Records of ours that will never be at this vendor as things are. */
  hopeless: ReadonlySet<string>
  /** Records that may be one that the vendor holds: a person has to say. */
  held: ReadonlyMap<string, string[]>
  schema: readonly FieldSchema[] | undefined
}

function told(standing: Standing, verdict: Verdict, { hopeless, held, schema }: Known): Difference {
  const { linkId, recordId, kind, externalId, shadow, status } = standing
  const fields: Fields = 'fields' in verdict ? verdict.fields : {}
  const as = (outcome: DifferenceOutcome, code: ErrorCode | null = null, because: string[] = []): Difference => ({
    outcome,
    linkId,
    recordId,
    kind,
    externalId,
    fields: Object.entries(fields).map(([field, ours]) => ({ field, theirs: shadow?.[field] ?? null, ours })),
    code,
    because,
  })
  if (standing.proposed) return as('proposed', 'CW_MATCH_PROPOSED')
  if (verdict.do === 'park' && verdict.code === 'CW_MATCH_PROPOSED') return as('proposed', verdict.code)
  if (verdict.do === 'await' && verdict.records.some(({ recordId: parent }) => held.has(parent)))
    return as('proposed', 'CW_MATCH_PROPOSED')
  if (status === 'parked') return as('would-fail', standing.code)
  if (externalId !== null && status === null && !standing.shared) return as('vendor-only')
  if (verdict.do === 'finish') return as(externalId === null ? 'untouched' : 'exact')
  if (status === null || status === 'done') return as(externalId === null ? 'new' : 'untouched')
  if (verdict.do === 'park') return as('would-fail', verdict.code)
  if (verdict.do === 'await' && verdict.records.some((parent) => hopeless.has(parent.recordId)))
    return as('would-fail', 'CW_PARENT_PARKED')
  // A reference that is still to come stands for a value.
  const refusal = schema === undefined || verdict.do === 'await' ? null : foreseen(fields, schema, externalId === null)
  if (refusal !== null) return as('would-fail', refusal.code, refusal.fields)
  return as(externalId === null ? 'new' : 'would-change')
}
