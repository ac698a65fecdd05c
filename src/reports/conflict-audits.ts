/** The audits of conflicts, and one with its rows. */
import { desc, eq, and } from 'drizzle-orm'
import { auditRows } from '../db/conflict-audit-rows.ts'
import type { Db } from '../db/connection.ts'
import { conflictAudits } from '../db/schema/index.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

const summary = {
  id: conflictAudits.id,
  period: conflictAudits.period,
  by: conflictAudits.by,
  at: conflictAudits.at,
  policyVersion: conflictAudits.policyVersion,
  rows: conflictAudits.rows,
  open: conflictAudits.open,
}

/** The newest first; one row more than `limit`. The period that only says since when there are audits is none. */
export async function listConflictAudits(db: Db, { after, id, limit }: Window) {
  return db
    .select(summary)
    .from(conflictAudits)
    .where(
      and(
        eq(conflictAudits.isFirst, false),
        id === undefined ? undefined : beginsWith(conflictAudits.id, id),
        after === null ? undefined : olderThan(conflictAudits.at, conflictAudits.id, after),
      ),
    )
    .orderBy(desc(conflictAudits.at), desc(conflictAudits.id))
    .limit(limit + 1)
}

export async function readConflictAudit(db: Db, id: string) {
  const [found] = await db.select(summary).from(conflictAudits).where(eq(conflictAudits.id, id))
  return found === undefined ? undefined : { ...found, accounts: await auditRows(db, id) }
}
