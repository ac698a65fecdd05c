/**
 * The road's own tables: what came in, how records are recognised, what each vendor holds, and what is still to be written.
 *
 * One file, however long: links, shadows and writes are read together, and half of it are the indices by which each costs what changed.
 */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Fields } from '../../../connectors/contract.ts'
import type { RecordKind } from '../../domain/records.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Answer } from '../../mapping/translate.ts'
import { appOnly, id, instant } from './columns.ts'
import { runs } from './runs.ts'

/** A webhook as it came, stored before the 2xx. */
export const hints = pgTable(
  'hints',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    connection: text().notNull(),
    object: text().notNull(),
    externalId: text('external_id').notNull(),
    body: text().notNull(),
    receivedAt: instant('received_at')
      .notNull()
      .default(sql`now()`),
    readAt: instant('read_at'),
  },
  (t) => [
    index('hints_unread')
      .on(t.connection, t.object, t.id)
      .where(sql`${t.readAt} is null`),
    appOnly('hints'),
  ],
)

export type ChangeStatus = 'pending' | 'applied' | 'no-op' | 'parked'

/** Every change that came in; each ends in applied, no-op or parked with a code. */
export const changes = pgTable(
  'changes',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    connection: text().notNull(),
    object: text().notNull(),
    externalId: text('external_id').notNull(),
    version: text().notNull(),
    bodyHash: text('body_hash').notNull(),
    /** What the vendor returned; erased with the person it names. */
    body: jsonb().$type<ChangeBody>().notNull(),
    receivedAt: instant('received_at')
      .notNull()
      .default(sql`now()`),
    status: text().$type<ChangeStatus>().notNull().default('pending'),
    code: text().$type<ErrorCode>(),
    detail: jsonb().$type<Record<string, unknown>>(),
    attempts: integer().notNull().default(0),
    settledAt: instant('settled_at'),
    recordId: uuid('record_id'),
    /** The mapping that it was last judged by. */
    mapping: text(),
    /** A person let it pass what holds it back, such as the brake on mass deletes. */
    confirmedBy: text('confirmed_by'),
    /** Parked: when it is tried again by itself; null: never. */
    retryAt: instant('retry_at'),
    /**
     * Read anew by id at this instant, because it differed from what we hold: true whatever its modification date says, unless
     * something newer was heard of the record since.
     */
    asOf: instant('as_of'),
  },
  (t) => [
    // The column that tells rows apart comes first, here and below: see `links`.
    unique('changes_once').on(t.externalId, t.connection, t.object, t.version, t.bodyHash),
    index('changes_pending')
      .on(t.connection, t.object, t.id)
      .where(sql`${t.status} = 'pending'`),
    index('changes_parked')
      .on(t.code, t.id)
      .where(sql`${t.status} = 'parked'`),
    index('changes_parked_record')
      .on(t.externalId, t.connection, t.object)
      .where(sql`${t.status} = 'parked'`),
    // The measure of the brake on mass deletes.
    index('changes_deleted')
      .on(t.connection, t.object, t.settledAt)
      .where(sql`${t.status} = 'applied' and (${t.body} ->> 'deleted')::boolean`),
    index('changes_retry')
      .on(t.connection, t.object, t.retryAt)
      .where(sql`${t.status} = 'parked' and ${t.retryAt} is not null`),
    appOnly('changes'),
  ],
)

export interface ChangeBody {
  key: string | null
  deleted: boolean
  mergedInto: string | null
  modifiedAt: string | null
  fields: Fields
  /** The record was too large to be kept: how large, and which field is the largest. Its fields are not here. */
  tooLarge?: { bytes: number; field: string }
}

/** Who may create a record: an identity is claimed here before anything is created. */
export const identities = pgTable(
  'identities',
  {
    kind: text().$type<RecordKind>().notNull(),
    keyType: text('key_type').notNull(),
    value: text().notNull(),
    recordId: uuid('record_id').notNull(),
  },
  (t) => [
    primaryKey({ columns: [t.kind, t.keyType, t.value] }),
    index('identities_record').on(t.recordId),
    appOnly('identities'),
  ],
)

/** The crosswalk: which vendor record is which of ours. `external_id` is null until the vendor has told its id. */
export const links = pgTable(
  'links',
  {
    id: id(),
    connection: text().notNull(),
    object: text().notNull(),
    kind: text().$type<RecordKind>().notNull(),
    recordId: uuid('record_id').notNull(),
    externalId: text('external_id'),
    /** The vendor no longer has the record; never a reason to delete ours. */
    gone: boolean().notNull().default(false),
    /** Since when it is gone. */
    goneAt: instant('gone_at'),
    /** Which of its fields are not written until a person has ruled between two values. */
    heldFields: jsonb('held_fields').$type<string[]>().notNull().default([]),
    /** The link of the vendor record that this one was merged into: who refers to ours there means that one. */
    mergedInto: uuid('merged_into'),
    /** When it was first met it bore our key of this other record, which had a live vendor record there. */
    copyOf: uuid('copy_of'),
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    // The column that tells rows apart comes first: a planner that has not met a growing table yet takes no other way.
    unique('links_record').on(t.recordId, t.connection, t.object),
    uniqueIndex('links_external').on(t.externalId, t.connection, t.object),
    index('links_merged')
      .on(t.mergedInto)
      .where(sql`${t.mergedInto} is not null`),
    index('links_copy')
      .on(t.copyOf)
      .where(sql`${t.copyOf} is not null`),
    index('links_gone')
      .on(t.connection, t.object)
      .where(sql`${t.gone}`),
    appOnly('links'),
  ],
)

/** Other ids that a vendor record has been known by, after merges. */
export const aliases = pgTable(
  'aliases',
  {
    connection: text().notNull(),
    object: text().notNull(),
    externalId: text('external_id').notNull(),
    linkId: uuid('link_id')
      .notNull()
      .references(() => links.id),
  },
  (t) => [primaryKey({ columns: [t.connection, t.object, t.externalId] }), appOnly('aliases')],
)

/** The fields as the vendor last returned them: the base of the three-way merge and the measure of what is still to be sent. */
export const shadows = pgTable(
  'shadows',
  {
    linkId: uuid('link_id')
      .primaryKey()
      .references(() => links.id),
    fields: jsonb().$type<Fields>().notNull(),
    /**
     * What the vendor makes of our values where it keeps another form of them (trimmed, rounded, set by its own rules): the form
     * stands for the value that we sent, so that it is neither taken for a user's edit nor sent again for ever. With doubts it may be a
     * user's edit, and counts for nothing yet.
     */
    answers: jsonb().$type<Record<string, Answer>>().notNull().default({}),
    version: text().notNull(),
    modifiedAt: instant('modified_at'),
    seenAt: instant('seen_at')
      .notNull()
      .default(sql`now()`),
  },
  () => [appOnly('shadows')],
)

export type WriteStatus = 'planned' | 'sending' | 'done' | 'unclear' | 'parked'

/** What each vendor record should be made equal to. One row a link, so that one request a record is in flight. */
export const writes = pgTable(
  'writes',
  {
    linkId: uuid('link_id')
      .primaryKey()
      .references(() => links.id),
    connection: text().notNull(),
    object: text().notNull(),
    status: text().$type<WriteStatus>().notNull().default('planned'),
    desired: integer().notNull(),
    sent: integer(),
    sentFields: jsonb('sent_fields').$type<Fields>(),
    /** What the vendor held of them when they were claimed; null: the write makes the record. */
    sentOver: jsonb('sent_over').$type<Fields>(),
    /** Names a request: only ever grows, so that a late answer is told from the present one's. */
    attempt: integer().notNull().default(0),
    /** Attempts in a row that came to nothing: the measure of the back-off. */
    failures: integer().notNull().default(0),
    /** How often in a row it was parked: the measure of the waits before it is tried again by itself. */
    parks: integer().notNull().default(0),
    /** How often a batch with this write failed as a whole: it travels in ever smaller ones until the one to blame stands alone. */
    split: integer().notNull().default(0),
    /** While sending: the request is dead after this instant. */
    leaseUntil: instant('lease_until'),
    /** When it was claimed last: what was read of the record since may be older or newer than what was sent. */
    sentAt: instant('sent_at'),
    /** Not to be looked at before this instant. */
    notBefore: instant('not_before')
      .notNull()
      .default(sql`now()`),
    code: text().$type<ErrorCode>(),
    detail: jsonb().$type<Record<string, unknown>>(),
    /** Whose doing it is: the run that its effects are counted, shown and undone with. */
    runId: uuid('run_id').references(() => runs.id),
    /** Restores these vendor fields, whatever the ledger says: the undoing of a run. */
    restore: jsonb().$type<Fields>(),
    mapping: text(),
    confirmedBy: text('confirmed_by'),
    /** Parked: when it is tried again by itself; null: never. */
    retryAt: instant('retry_at'),
    updatedAt: instant('updated_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    index('writes_due')
      .on(t.connection, t.object, t.notBefore)
      .where(sql`${t.status} in ('planned', 'sending', 'unclear')`),
    // In the order in which they are claimed, so that a batch costs the same however many wait.
    index('writes_next')
      .on(t.connection, t.object, t.split, t.notBefore, t.linkId)
      .where(sql`${t.status} = 'planned'`),
    // Few at any time, and asked for with each batch: not to be looked for among all that is due.
    index('writes_unclear')
      .on(t.connection, t.object, t.notBefore, t.linkId)
      .where(sql`${t.status} = 'unclear'`),
    index('writes_split')
      .on(t.connection, t.object, t.notBefore)
      .where(sql`${t.status} = 'planned' and ${t.split} > 0`),
    // Those that wait for another record, by its id.
    index('writes_waiting')
      .using('gin', sql`(${t.detail} -> 'waitsFor') jsonb_path_ops`)
      .where(sql`${t.status} in ('planned', 'parked') and ${t.detail} ? 'waitsFor'`),
    index('writes_run')
      .on(t.runId)
      .where(sql`${t.runId} is not null`),
    index('writes_parked')
      .on(t.code)
      .where(sql`${t.status} = 'parked'`),
    index('writes_retry')
      .on(t.connection, t.retryAt)
      .where(sql`${t.status} = 'parked' and ${t.retryAt} is not null`),
    appOnly('writes'),
  ],
)

/** How far each stream has been read. */
export const streams = pgTable(
  'streams',
  {
    connection: text().notNull(),
    object: text().notNull(),
    cursor: text(),
    /** Nothing that changed up to here is missing from `changes`. */
    coveredThrough: instant('covered_through'),
    /** Someone waits for coverage past this instant: read at once. */
    wantedThrough: instant('wanted_through'),
    failingSince: instant('failing_since'),
    code: text().$type<ErrorCode>(),
    detail: jsonb().$type<Record<string, unknown>>(),
    /** When the last reading that came to its end began. */
    readAt: instant('read_at'),
    /** When the reading began that has not come to its end yet, over however many pulls; null: none is under way. */
    readingSince: instant('reading_since'),
    nextAt: instant('next_at')
      .notNull()
      .default(sql`now()`),
    /** A person told it to rest: nothing is read until it is resumed. */
    pausedAt: instant('paused_at'),
    pausedBy: text('paused_by'),
    /** How long it sleeps between polls at present, and why: the budget and the health of the webhooks decide. */
    intervalMs: integer('interval_ms'),
    intervalWhy: text('interval_why'),
    /** The last hint that a webhook or change stream gave. */
    hintedAt: instant('hinted_at'),
    /** Since when changes are found by polling that no hint told of; null: hints come, or none are expected. */
    silentSince: instant('silent_since'),
    /** Changes in a row that polling found and no hint told of. */
    unhinted: integer().notNull().default(0),
    /** Changes that polling found and no hint has told of so far: vendor id → when they were found. */
    untold: jsonb().$type<Record<string, string>>().notNull().default({}),
    /** How many milliseconds the vendor's clock is ahead of the database's. */
    skewMs: integer('skew_ms'),
    /** When it is to be compared anew with the vendor by itself. */
    reconcileAt: instant('reconcile_at'),
  },
  (t) => [primaryKey({ columns: [t.connection, t.object] }), appOnly('streams')],
)

/** The request allowance of a connection, shared by all processes. `tat` is the theoretical arrival time of the cell-rate algorithm. */
export const budgets = pgTable(
  'budgets',
  {
    connection: text().notNull(),
    bucket: text().notNull(),
    tat: doublePrecision().notNull().default(0),
    pausedUntil: instant('paused_until'),
    day: text(),
    usedToday: integer('used_today').notNull().default(0),
    dailyLimit: integer('daily_limit'),
  },
  (t) => [primaryKey({ columns: [t.connection, t.bucket] }), appOnly('budgets')],
)

/**
 * Outbox of wake signals: rows are only added, so that transactions which wake the same workflow never wait for each other. The
 * relay delivers many rows of one workflow as one signal.
 */
export const nudges = pgTable(
  'nudges',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    workflowId: text('workflow_id').notNull(),
    /** Not to be delivered before this instant; a row in delivery is held by moving it on. */
    dueAt: instant('due_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [index('nudges_due').on(t.dueAt), appOnly('nudges')],
)

/** A connection's token, sealed with the installation's key; one owner renews it. */
export const tokens = pgTable(
  'tokens',
  { connection: text().primaryKey(), sealed: text().notNull(), version: integer().notNull().default(1) },
  () => [appOnly('tokens')],
)

/** What the installation remembers of itself, such as which Temporal server it last spoke to. */
export const settings = pgTable('settings', { name: text().primaryKey(), value: text().notNull() }, () => [
  appOnly('settings'),
])
