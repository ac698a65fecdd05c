/** The audits of what both sides, or two partners, pursue: each kept as it was found, with what was ruled then and since. */
import { sql } from 'drizzle-orm'
import { boolean, index, integer, jsonb, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { ConflictSides, PairEvidence } from '../../domain/conflict-audit.ts'
import type { TaskDecision } from '../../domain/task-kinds.ts'
import { appOnly, id, instant } from './columns.ts'
import { tasks } from './ledger.ts'

export const conflictAudits = pgTable(
  'conflict_audits',
  {
    id: id(),
    /** Which quarter, month or week it is of, such as `2026-Q4`: each is audited once. Null: a person asked for it. */
    period: text(),
    /** The first period of an installation is kept without an audit: it says since when there are any. */
    isFirst: boolean('is_first').notNull().default(false),
    by: text().notNull(),
    policyVersion: text('policy_version').notNull(),
    rows: integer().notNull().default(0),
    /** Rows without a ruling at that time. */
    open: integer().notNull().default(0),
    at: instant()
      .notNull()
      .default(sql`now()`),
  },
  (t) => [unique('conflict_audits_period').on(t.period), appOnly('conflict_audits')],
)

/** An account that was pursued by more than one side. */
export const conflictAuditRows = pgTable(
  'conflict_audit_rows',
  {
    id: id(),
    auditId: uuid('audit_id')
      .notNull()
      .references(() => conflictAudits.id),
    /** The domain, or the name where none is known. */
    account: text().notNull(),
    territory: text().notNull(),
    sides: text().$type<ConflictSides>().notNull(),
    /** Ids, the first in time first. */
    registrations: jsonb().$type<string[]>().notNull(),
    deals: jsonb().$type<string[]>().notNull(),
    /** It is not certain that it is one account: a name or the like brought them together. */
    byName: boolean('by_name').notNull(),
    /** What brought each two of them together. Audits of earlier releases kept none. */
    pairs: jsonb().$type<PairEvidence[]>().notNull().default([]),
    /** What had been ruled before; null: a person is asked by the task. */
    ruling: text().$type<TaskDecision | 'ruled'>(),
    taskId: uuid('task_id').references(() => tasks.id),
  },
  (t) => [
    unique('conflict_audit_rows_once').on(t.auditId, t.account),
    index('conflict_audit_rows_account').on(t.account),
    appOnly('conflict_audit_rows'),
  ],
)
