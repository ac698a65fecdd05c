/** Work that is counted, shown and undone as one: connections and their mode, runs, the drift that they found, and the audit. */
import { sql } from 'drizzle-orm'
import {
  bigserial,
  boolean,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgTable,
  text,
  unique,
  uuid,
} from 'drizzle-orm/pg-core'
import type { Fields } from '../../../connectors/contract.ts'
import type { DriftKind } from '../../domain/drift.ts'
import type { ErrorCode } from '../../errors.ts'
import { appOnly, id, instant } from './columns.ts'

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
    /**
     * Raised by every publication of a mapping. Whoever translates a record reads it `for share` in the same transaction, so that a
     * page is judged by one whole configuration: a publication waits for the pages that are under way, and later ones load it.
     */
    generation: integer().notNull().default(0),
    /** Since when the vendor takes our credentials no more: nothing is asked of it until they are renewed. */
    reauthSince: instant('reauth_since'),
    reauthCode: text('reauth_code').$type<ErrorCode>(),
    /** When one request is risked to see whether the vendor takes them again. */
    reauthTryAt: instant('reauth_try_at'),
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
    /** `system`, `key:<id>`, `cli`, or `configuration file`. */
    actor: text().notNull(),
    rule: text(),
    /** Of the mapping, the policy or the settings. */
    version: text(),
    runId: uuid('run_id'),
    connection: text(),
    object: text(),
    externalId: text('external_id'),
    linkId: uuid('link_id'),
    recordId: uuid('record_id'),
    /** Whether the write made the vendor's record. */
    created: boolean().notNull().default(false),
    /** The vendor's field names, or paths of settings. */
    fields: jsonb().$type<string[]>().notNull().default([]),
    /** Ids, counts and codes only. */
    detail: jsonb().$type<Record<string, string | number | boolean | null>>().notNull().default({}),
  },
  (t) => [
    index('audit_run').on(t.runId, t.linkId),
    index('audit_record').on(t.recordId),
    index('audit_at').on(t.at),
    // What changed the configuration or was decided, among millions of writes.
    index('audit_what')
      .on(t.what, t.at)
      .where(sql`${t.what} <> 'write'`),
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
