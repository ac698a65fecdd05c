/** What a person is asked about records: whether two are one, and which of two values stands. */
import { sql } from 'drizzle-orm'
import { index, jsonb, pgTable, text, unique, uniqueIndex, uuid } from 'drizzle-orm/pg-core'
import type { RecordKind } from '../../domain/records.ts'
import type { Reason } from '../../domain/matching/reasons.ts'
import { appOnly, id, instant } from './columns.ts'
import { links } from './road.ts'

export interface Candidate {
  recordId: string
  /** Of 100. */
  score: number
  /** What matched, such as `name` or `domain`. */
  why: Reason[]
  /** A person said that it is not this one: it is never proposed again. */
  rejected?: true
}

/** A vendor record that may be one we know: a person says whether it is. */
export const proposals = pgTable(
  'proposals',
  {
    id: id(),
    connection: text().notNull(),
    object: text().notNull(),
    externalId: text('external_id').notNull(),
    kind: text().$type<RecordKind>().notNull(),
    /** The record that stands for it until then. */
    recordId: uuid('record_id').notNull(),
    candidates: jsonb().$type<Candidate[]>().notNull(),
    state: text().$type<'open' | 'accepted' | 'rejected' | 'overtaken'>().notNull().default('open'),
    chosen: uuid(),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('proposals_once').on(t.connection, t.object, t.externalId),
    index('proposals_open')
      .on(t.createdAt)
      .where(sql`${t.state} = 'open'`),
    index('proposals_record').on(t.recordId),
    index('proposals_candidates').using('gin', sql`${t.candidates} jsonb_path_ops`),
    appOnly('proposals'),
  ],
)

/** A field that two sides changed: which value stands by which rule, and the other one, kept to be shown and put back. */
export const clashes = pgTable(
  'clashes',
  {
    id: id(),
    linkId: uuid('link_id')
      .notNull()
      .references(() => links.id),
    recordId: uuid('record_id').notNull(),
    kind: text().$type<RecordKind>().notNull(),
    field: text().notNull(),
    base: text(),
    ours: text(),
    theirs: text(),
    rule: text().$type<'vendor' | 'ledger' | 'newest' | 'ask'>().notNull(),
    /** `open`: nobody has ruled yet. */
    winner: text().$type<'open' | 'ours' | 'theirs'>().notNull(),
    decidedBy: text('decided_by'),
    decidedAt: instant('decided_at'),
    at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    uniqueIndex('clashes_open')
      .on(t.linkId, t.field)
      .where(sql`${t.winner} = 'open'`),
    index('clashes_record').on(t.recordId),
    appOnly('clashes'),
  ],
)
