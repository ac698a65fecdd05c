/** Proposals of who may be who, for the person who decides. */
import { and, desc, eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { proposals, type Candidate } from '../db/schema/index.ts'
import { reasonWords } from '../domain/matching/reasons.ts'
import { factsOf, type RecordFacts } from './record-facts.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export interface MatchRow {
  id: string
  connection: string
  object: string
  externalId: string
  kind: string
  state: 'open' | 'accepted' | 'rejected' | 'overtaken'
  recordId: string
  name: string | null
  chosen: string | null
  decidedBy: string | null
  decidedAt: string | null
  createdAt: string
  candidates: (Candidate & { name: string | null; reasons: string[]; isRejected: boolean })[]
}

export interface MatchFilter extends Window {
  state?: MatchRow['state'] | undefined
  connection?: string | undefined
}

/** The newest first; one more than asked for, so that the caller knows whether there are more. */
export async function listMatches(db: Db, { id, state, connection, limit, after }: MatchFilter): Promise<MatchRow[]> {
  const rows = await db
    .select()
    .from(proposals)
    .where(
      and(
        state === undefined ? undefined : eq(proposals.state, state),
        connection === undefined ? undefined : eq(proposals.connection, connection),
        id === undefined ? undefined : beginsWith(proposals.id, id),
        after === null ? undefined : olderThan(proposals.createdAt, proposals.id, after),
      ),
    )
    .orderBy(desc(proposals.createdAt), desc(proposals.id))
    .limit(limit + 1)
  const facts = await factsOf(
    db,
    rows.flatMap(({ recordId, candidates }) => [recordId, ...candidates.map((candidate) => candidate.recordId)]),
  )
  return rows.map((row) => rowOf(row, facts))
}

export interface MatchDetail extends MatchRow {
  /** The record that stands for the vendor's at present, and what the vendor last said of it. */
  record: RecordFacts | null
  vendor: Record<string, unknown> | null
  others: RecordFacts[]
}

export async function readMatch(db: Db, id: string): Promise<MatchDetail | undefined> {
  const [row] = await db.select().from(proposals).where(eq(proposals.id, id))
  if (row === undefined) return undefined
  const facts = await factsOf(db, [row.recordId, ...row.candidates.map((candidate) => candidate.recordId)])
  const { rows: held } = await db.execute<{ fields: Record<string, unknown> }>(sql`
    select s.fields from links l join shadows s on s.link_id = l.id
    where l.connection = ${row.connection} and l.object = ${row.object} and l.external_id = ${row.externalId}`)
  return {
    ...rowOf(row, facts),
    record: facts.get(row.recordId) ?? null,
    vendor: held[0]?.fields ?? null,
    others: row.candidates.flatMap((candidate) => facts.get(candidate.recordId) ?? []),
  }
}

function rowOf(row: typeof proposals.$inferSelect, facts: ReadonlyMap<string, RecordFacts>): MatchRow {
  const { candidates, ...rest } = row
  const nameOf = (recordId: string) => facts.get(recordId)?.fields['name'] ?? null
  return {
    ...rest,
    name: nameOf(row.recordId),
    candidates: candidates.map(({ rejected, ...candidate }) => ({
      ...candidate,
      reasons: candidate.why.map((code) => reasonWords[code]),
      name: nameOf(candidate.recordId),
      isRejected: rejected === true,
    })),
  }
}
