/** Proposals: vendor records that may be ones we know. What was asked about waits nowhere, but nothing is made twice because of it. */
import { and, eq, isNotNull, not, sql } from 'drizzle-orm'
import { anyOf } from './any-of.ts'
import type { RecordKind } from '../domain/records.ts'
import { CERTAIN } from '../domain/matching/match.ts'
import { findAlike, type Company, type CompanyKind, type Place } from './candidates.ts'
import type { Tx } from './connection.ts'
import { nudge, workflowId } from './outbox.ts'
import { links, proposals, writes, type Candidate } from './schema/index.ts'

export interface Wish extends Place {
  externalId: string
  kind: RecordKind
  /** The record that stands for it until then. */
  recordId: string
  candidate: Candidate
}

/** Still to be decided: not turned down, and not what the vendor record stands for already. */
export const openCandidate = sql`(c ->> 'rejected') is null and (c ->> 'recordId')::uuid <> p.record_id`

/** Asks a person. A vendor record that was decided on is asked about again only for a candidate that is new. */
export async function propose(tx: Tx, wishes: Wish[]): Promise<void> {
  if (wishes.length === 0) return
  const grouped = [
    ...Map.groupBy(wishes, ({ connection, object, externalId }) =>
      JSON.stringify([connection, object, externalId]),
    ).values(),
  ].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const { connection, object, externalId, kind, recordId } = first
    const candidates = group.map(({ candidate }) => candidate)
    return [{ connection, object, external_id: externalId, kind, record_id: recordId, candidates }]
  })
  await tx.execute(sql`
    insert into ${proposals} as p (connection, object, external_id, kind, record_id, candidates)
    select r.connection, r.object, r.external_id, r.kind, r.record_id, r.candidates
    from jsonb_to_recordset(${JSON.stringify(grouped)}::jsonb)
      as r(connection text, object text, external_id text, kind text, record_id uuid, candidates jsonb)
    order by r.connection, r.object, r.external_id
    on conflict (connection, object, external_id) do update set
      candidates = p.candidates || (select jsonb_agg(n) from jsonb_array_elements(excluded.candidates) n where ${isNew}),
      kind = excluded.kind, record_id = excluded.record_id, state = 'open', chosen = null, decided_by = null, decided_at = null
    where exists (select from jsonb_array_elements(excluded.candidates) n where ${isNew})`)
}

const isNew = sql`not p.candidates @> jsonb_build_array(jsonb_build_object('recordId', n -> 'recordId'))`

/**
 * Asks about records that are about to be made at a place whose people may keep them already: the vendor's records that are like one
 * of them are proposed to be it, and its creation waits.
 *
 * @param kinds which kinds of records the vendor may keep it as
 */
export async function proposePlanned(
  tx: Tx,
  place: Place,
  planned: Company[],
  kinds: readonly CompanyKind[],
  from = CERTAIN,
): Promise<void> {
  const kept = await keptHere(
    tx,
    place,
    planned.map(({ recordId }) => recordId),
  )
  const missing = planned.filter(({ recordId }) => !kept.has(recordId))
  const alike = await findAlike(tx, place, missing, { kinds, linked: true, from })
  await propose(
    tx,
    alike.flatMap(({ asked, other, externalId, score, why }) =>
      externalId === null
        ? []
        : [
            {
              ...place,
              externalId,
              kind: other.kind,
              recordId: other.recordId,
              candidate: { recordId: asked.recordId, score, why },
            },
          ],
    ),
  )
}

/** Which records have a live vendor record at a place. */
export async function keptHere(tx: Tx, { connection, object }: Place, recordIds: string[]): Promise<Set<string>> {
  if (recordIds.length === 0) return new Set()
  const rows = await tx
    .select({ recordId: links.recordId })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        anyOf(links.recordId, recordIds),
        isNotNull(links.externalId),
        not(links.gone),
      ),
    )
  return new Set(rows.map((row) => row.recordId))
}

/**
 * Which of these records must not be made at a connection yet, with the proposals that they wait for: each may be one that the
 * vendor holds.
 */
export async function proposedHere(tx: Tx, connection: string, recordIds: string[]): Promise<Map<string, string[]>> {
  if (recordIds.length === 0) return new Map()
  const { rows } = await tx.execute<{ record_id: string; id: string }>(sql`
    with r as (select unnest(${sql.param(recordIds)}::uuid[]) as id)
    select r.id::text as record_id, p.id::text from r join ${proposals} p
      on p.state = 'open' and p.connection = ${connection}
      and p.candidates @> jsonb_build_array(jsonb_build_object('recordId', r.id::text))
    where exists (select from jsonb_array_elements(p.candidates) c where c ->> 'recordId' = r.id::text and ${openCandidate})
    union
    select r.id::text, p.id::text from r join ${proposals} p on p.state = 'open' and p.record_id = r.id
    where exists (select from jsonb_array_elements(p.candidates) c join ${links} l on l.record_id = (c ->> 'recordId')::uuid
      where ${openCandidate} and l.connection = ${connection} and l.external_id is not null and not l.gone)`)
  return new Map(
    [...Map.groupBy(rows, (row) => row.record_id)].map(([recordId, of]) => [recordId, of.map(({ id }) => id)]),
  )
}

/** Lets go what waited for a person's word on these records; what still waits for another proposal parks again by itself. */
export async function releaseProposed(tx: Tx, recordIds: string[]): Promise<void> {
  if (recordIds.length === 0) return
  const { rows } = await tx.execute<{ connection: string }>(sql`
    update ${writes} set status = 'planned', not_before = now(), code = null, detail = null, failures = 0, updated_at = now()
    where link_id in (
      select w.link_id from ${writes} w join ${links} l on l.id = w.link_id
      where l.record_id in ${recordIds} and w.status = 'parked' and w.code = 'CW_MATCH_PROPOSED' order by w.link_id for update of w)
    returning connection`)
  await nudge(
    tx,
    rows.map(({ connection }) => workflowId.sender(connection)),
  )
}

/**
 * Ends the proposals that are void: the vendor record is gone, or every candidate has a vendor record there by now. What waited for
 * them goes on.
 *
 * @param of vendor ids that went, and records that got a vendor record
 */
export async function overtake(
  tx: Tx,
  { connection, object }: Place,
  of: { gone: string[]; linked: string[] },
): Promise<void> {
  if (of.gone.length === 0 && of.linked.length === 0) return
  const { rows } = await tx.execute<{ record_id: string; candidates: Candidate[] }>(sql`
    update ${proposals} p set state = 'overtaken', decided_at = now()
    where p.state = 'open' and p.connection = ${connection} and p.object = ${object} and (
      p.external_id = any(${sql.param(of.gone)}::text[])
      or p.id in (
        select p.id from unnest(${sql.param(of.linked)}::uuid[]) as r(id) join ${proposals} p
          on p.candidates @> jsonb_build_array(jsonb_build_object('recordId', r.id::text)))
        and not exists (
          select from jsonb_array_elements(p.candidates) c where ${openCandidate} and not exists (
            select from ${links} l where l.connection = p.connection and l.object = p.object
              and l.record_id = (c ->> 'recordId')::uuid and l.external_id is not null and not l.gone)))
    returning p.record_id::text, p.candidates`)
  await releaseProposed(
    tx,
    rows.flatMap(({ record_id, candidates }) => [record_id, ...candidates.map(({ recordId }) => recordId)]),
  )
}
