/** Tasks as the CRMs keep them: what is written to a CRM's user, and what they say by it. */
import { sql } from 'drizzle-orm'
import { date, index, pgTable, text, unique, uuid } from 'drizzle-orm/pg-core'
import type { CrmTaskStatus } from '../../domain/records.ts'
import { appOnly, instant } from './columns.ts'
import { accounts, deals, record, registrations, tasks, users } from './ledger.ts'

/** `decision`: the open task of whoever decides; `notice`: something is told. */
export type CrmTaskPurpose = 'decision' | 'notice'

export const crmTasks = pgTable(
  'crm_tasks',
  {
    ...record(),
    purpose: text().$type<CrmTaskPurpose>().notNull().default('notice'),
    /** The CRM connection that it stands in. */
    connection: text().notNull(),
    /** What it is made for, so that it is made once: a task of ours and its assignee, an event and its recipient. */
    occasion: text()
      .notNull()
      .default(sql`uuidv7()::text`),
    /** What its user decides by it; null for a notice. */
    taskId: uuid('task_id').references(() => tasks.id),
    subject: text(),
    body: text(),
    dueAt: instant('due_at'),
    /** The day of `dueAt`, for systems that know days alone. */
    dueOn: date('due_on', { mode: 'string' }),
    ownerId: uuid('owner_id').references(() => users.id),
    status: text().$type<CrmTaskStatus>(),
    dealId: uuid('deal_id').references(() => deals.id),
    accountId: uuid('account_id').references(() => accounts.id),
    registrationId: uuid('registration_id').references(() => registrations.id),
    /** The outcome that its user chose, and why: words of the CRM, judged by the process. */
    decision: text(),
    reason: text(),
    /** Who changed it last there: whose outcome it is. */
    changedById: uuid('changed_by_id').references(() => users.id),
    /** Its text without what was said to it later: how an outcome was refused, or who decided. */
    question: text(),
  },
  (t) => [
    unique('crm_tasks_once').on(t.connection, t.occasion),
    index('crm_tasks_task').on(t.taskId),
    index('crm_tasks_deal').on(t.dealId),
    index('crm_tasks_outcome')
      .on(t.connection)
      .where(sql`${t.decision} is not null or ${t.status} = 'done'`),
    appOnly('crm_tasks'),
  ],
)
