/** The road's own tables: what came in, how records are recognised, what each vendor holds, and what is still to be written. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgPolicy,
  pgTable,
  primaryKey,
  text,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Fields } from '../../../connectors/contract.ts'
import type { DriftKind } from '../../domain/drift.ts'
import type { RecordKind } from '../../domain/records.ts'
import type { Match } from '../../domain/similarity.ts'
import type { ErrorCode } from '../../errors.ts'
import type { Answer } from '../../mapping/translate.ts'
import { appRole, id, instant } from './columns.ts'

/** Row-level security stands on every table; those of the road are the product's alone. */
const appOnly = (table: string) =>
  pgPolicy(`${table}_app`, { for: 'all', to: appRole, using: sql`true`, withCheck: sql`true` })

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
    unique('changes_once').on(t.connection, t.object, t.externalId, t.version, t.bodyHash),
    index('changes_pending')
      .on(t.connection, t.object, t.id)
      .where(sql`${t.status} = 'pending'`),
    index('changes_parked')
      .on(t.code, t.id)
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
    createdAt: instant('created_at')
      .notNull()
      .default(sql`now()`),
  },
  (t) => [
    unique('links_record').on(t.connection, t.object, t.recordId),
    uniqueIndex('links_external').on(t.connection, t.object, t.externalId),
    index('links_by_record').on(t.recordId),
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
     * stands for the value that we sent, so that it is neither taken for a user's edit nor sent again for ever.
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

/** What the installation knows of a connection beside its configuration. */
export const connections = pgTable(
  'connections',
  {
    name: text().primaryKey(),
    /** While observed, everything is read and compared and nothing is written. */
    mode: text().$type<ConnectionMode>().notNull().default('observe'),
    since: instant()
      .notNull()
      .default(sql`now()`),
    by: text(),
    /** Webhook subscriptions as they were last compared with what is wished. */
    subscriptions: jsonb().$type<SubscriptionState>(),
    subscribedAt: instant('subscribed_at'),
    /** Which process listens to the vendor's change stream, and until when it holds that right. */
    listener: text(),
    listenUntil: instant('listen_until'),
    /** Why nobody listens at present, and when it is tried again. */
    listenCode: text('listen_code').$type<ErrorCode>(),
    listenRetryAt: instant('listen_retry_at'),
  },
  () => [appOnly('connections')],
)

export type ConnectionMode = 'observe' | 'live'

/** How a connection's webhook subscriptions stood when they were last compared: names as the vendor has them. */
export interface SubscriptionState {
  present: string[]
  missing: string[]
  made: string[]
  removed: string[]
  /** Why they could not be compared or made. */
  code: ErrorCode | null
}

export type RunState = 'running' | 'paused' | 'done' | 'failed' | 'cancelled'
export type RunKind = 'sync' | 'back-fill' | 'reconcile' | 'go-live' | 'undo' | 'move-home'

/** A piece of work whose effects are counted, shown and undone together. */
export const runs = pgTable(
  'runs',
  {
    id: id(),
    kind: text().$type<RunKind>().notNull(),
    connection: text().notNull(),
    /** Null: all objects. */
    object: text(),
    actor: text().notNull().default('system'),
    state: text().$type<RunState>().notNull().default('running'),
    /** Where a reading of everything goes on. */
    cursor: text(),
    done: integer().notNull().default(0),
    /** As the vendor or the last reading says; null: not known. */
    total: integer(),
    /** Records a second of late; see `src/domain/progress.ts`. */
    rate: doublePrecision(),
    /** What it found or did, by name. */
    counts: jsonb().$type<Record<string, number>>().notNull().default({}),
    code: text().$type<ErrorCode>(),
    /** The run that this one undoes. */
    undoes: uuid(),
    startedAt: instant('started_at')
      .notNull()
      .default(sql`now()`),
    /** The last sign of progress. */
    movedAt: instant('moved_at')
      .notNull()
      .default(sql`now()`),
    endedAt: instant('ended_at'),
  },
  (t) => [
    index('runs_open')
      .on(t.connection, t.object, t.kind)
      .where(sql`${t.state} in ('running', 'paused')`),
    index('runs_recent').on(t.startedAt),
    appOnly('runs'),
  ],
)

/** One record that a reconciliation found to differ, and what became of it. */
export const drifts = pgTable(
  'drifts',
  {
    id: bigserial({ mode: 'number' }).primaryKey(),
    runId: uuid('run_id')
      .notNull()
      .references(() => runs.id),
    connection: text().notNull(),
    object: text().notNull(),
    externalId: text('external_id'),
    recordId: uuid('record_id'),
    kind: text().$type<DriftKind>().notNull(),
    /** The vendor's field names; their values stay in the rows that can be erased. */
    fields: jsonb().$type<string[]>().notNull().default([]),
    foundAt: instant('found_at')
      .notNull()
      .default(sql`now()`),
    /** Null: suspected so far. A difference counts once it stands after the stream was read past it and the record by its id. */
    confirmedAt: instant('confirmed_at'),
    repairedAt: instant('repaired_at'),
  },
  (t) => [
    unique('drifts_once').on(t.runId, t.object, t.externalId, t.recordId, t.kind).nullsNotDistinct(),
    index('drifts_unrepaired')
      .on(t.connection, t.object)
      .where(sql`${t.confirmedAt} is not null and ${t.repairedAt} is null`),
    appOnly('drifts'),
  ],
)

export interface Candidate {
  recordId: string
  /** Of 100. */
  score: number
  /** What matched, such as `name` or `domain`. */
  why: Match[]
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

/** Every write to a vendor and every change of configuration. Append-only by grant; values stand in `audit_values`. */
export const audit = pgTable(
  'audit',
  {
    id: id(),
    at: instant()
      .notNull()
      .default(sql`clock_timestamp()`),
    /** `write`, or what was changed by a person: `connection.mode`, `policy`, `link`, … */
    what: text().notNull(),
    /** `system`, `key:<id>`, or `cli`. */
    actor: text().notNull(),
    rule: text(),
    /** Of the mapping or the policy. */
    version: text(),
    runId: uuid('run_id'),
    connection: text(),
    object: text(),
    externalId: text('external_id'),
    linkId: uuid('link_id'),
    recordId: uuid('record_id'),
    /** Whether the write made the vendor's record. */
    created: boolean().notNull().default(false),
    /** The vendor's field names. */
    fields: jsonb().$type<string[]>().notNull().default([]),
    /** Ids, counts and codes only. */
    detail: jsonb().$type<Record<string, string | number | boolean | null>>().notNull().default({}),
  },
  (t) => [
    index('audit_run').on(t.runId, t.linkId),
    index('audit_record').on(t.recordId),
    index('audit_at').on(t.at),
    appOnly('audit'),
  ],
)

/** Field-level before and after of an audit row: erased with the person whose data it is. */
export const auditValues = pgTable(
  'audit_values',
  {
    auditId: uuid('audit_id').primaryKey(),
    recordId: uuid('record_id'),
    before: jsonb().$type<Fields>().notNull(),
    after: jsonb().$type<Fields>().notNull(),
  },
  (t) => [index('audit_values_record').on(t.recordId), appOnly('audit_values')],
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
