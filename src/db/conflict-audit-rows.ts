/** The rows of an audit with the facts of both sides, for staff: what was found then, and what is ruled by now. */
import { sql } from 'drizzle-orm'
import type { ConflictSides, PairEvidence } from '../domain/conflict-audit.ts'
import type { Db, Tx } from './connection.ts'
import {
  accounts,
  conflictAuditRows,
  deals,
  partners,
  registrations,
  tasks,
  users,
  type TaskState,
} from './schema/index.ts'

export interface AuditRow {
  id: string
  account: string
  territory: string
  sides: ConflictSides
  byName: boolean
  /** What brought each two of them together, the strongest first. */
  pairs: PairEvidence[]
  /** The first in time first. */
  registrations: { id: string; company: string | null; partner: string | null; state: string; since: string }[]
  deals: { id: string; name: string | null; owner: string | null; account: string | null; home: string | null }[]
  ruling: string | null
  ruledBy: string | null
  ruledAt: string | null
  reason: string | null
  taskId: string | null
  taskState: TaskState | null
  assignee: string | null
  dueAt: string | null
}

/** Those without a ruling first, by territory and account. @param assignee only what this person is asked about; null: all */
export async function auditRows(db: Db | Tx, auditId: string, assignee: string | null = null): Promise<AuditRow[]> {
  const iso = sql.raw(`'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'`)
  const instant = (of: ReturnType<typeof sql>) => sql`to_char(${of} at time zone 'UTC', ${iso})`
  const { rows } = await db.execute<AuditRow & Record<string, unknown>>(sql`
    select r.id::text, r.account, r.territory, r.sides, r.by_name as "byName", r.pairs,
      coalesce((select jsonb_agg(jsonb_build_object('id', g.id, 'company', g.company, 'partner', p.name, 'state', g.state,
          'since', ${instant(sql`coalesce(g.submitted_at, g.created_at)`)}) order by e.place)
        from jsonb_array_elements_text(r.registrations) with ordinality as e(id, place)
        join ${registrations} g on g.id = e.id::uuid left join ${partners} p on p.id = g.partner_id), '[]') as registrations,
      coalesce((select jsonb_agg(jsonb_build_object('id', d.id, 'name', d.name, 'owner', coalesce(u.name, u.email), 'account', a.name,
          'home', d.home) order by e.place)
        from jsonb_array_elements_text(r.deals) with ordinality as e(id, place)
        join ${deals} d on d.id = e.id::uuid left join ${users} u on u.id = d.owner_id left join ${accounts} a on a.id = d.account_id), '[]') as deals,
      coalesce(t.decision, r.ruling) as ruling, t.decided_by as "ruledBy", ${instant(sql`t.decided_at`)} as "ruledAt", t.reason,
      t.id::text as "taskId", t.state as "taskState", t.assignee, ${instant(sql`t.due_at`)} as "dueAt"
    from ${conflictAuditRows} r left join ${tasks} t on t.id = r.task_id
    where r.audit_id = ${auditId} ${assignee === null ? sql`` : sql`and lower(t.assignee) = lower(${assignee})`}
    order by coalesce(t.decision, r.ruling) is not null, r.territory, r.account`)
  return rows
}
