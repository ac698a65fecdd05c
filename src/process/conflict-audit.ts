/**
 * The audit of conflicts: once a period, and when a person asks. What is unresolved opens a task; who answers for a territory is told.
 * The period is unique, so of several workers one audits, and one that was due while everything was down is made afterwards.
 */
import { desc, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { conflictPairs } from '../db/conflict-pairs.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { conflictAuditRows, conflictAudits, events, tasks } from '../db/schema/index.ts'
import { auditPeriod, groupsOf, territoryOf, type ConflictGroup, type ConflictPair } from '../domain/conflict-audit.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import { plus, type Instant } from '../domain/time.ts'
import { AUDIT_TEMPLATES } from './audit-templates.ts'
import { planNotices } from './notices/plan.ts'
import type { Programme } from './programme.ts'

type Row = typeof conflictAuditRows.$inferInsert

interface Found {
  row: Row
  /** Nobody has ruled on it, and nobody is asked yet. */
  asks: boolean
}

/**
 * Audits the period that has begun, unless that was done. What is found is read before the transaction that keeps it: it is much to
 * read, and it holds up nobody. The first period that an installation sees is only noted: what is there by then
 * was there before anybody decided about audits.
 *
 * @param asOf the instant that says which period it is; absent: now, by the database
 */
export async function planConflictAudit(db: Db, programme: Programme, asOf?: Instant): Promise<void> {
  const { every } = programme.policy.conflicts.audit
  if (every === 'never') return
  const period = auditPeriod(every, asOf ?? (await databaseNow(db)))
  const [latest] = await db
    .select({ period: conflictAudits.period })
    .from(conflictAudits)
    .where(sql`${conflictAudits.period} is not null`)
    .orderBy(sql`${conflictAudits.period} = ${period} desc`)
    .limit(1)
  if (latest?.period === period) return
  const pairs = latest === undefined ? [] : await conflictPairs(db, programme.policy.matching.aliases)
  await db.transaction(async (tx) => {
    const [audit] = await tx
      .insert(conflictAudits)
      .values({ period, by: 'system', policyVersion: programme.policy.version, isFirst: latest === undefined })
      .onConflictDoNothing()
      .returning({ id: conflictAudits.id })
    if (audit !== undefined && latest !== undefined) await auditInto(tx, programme, audit.id, pairs)
  })
}

/** Audits now, because a person wants it. Answers the audit's id. */
export async function auditConflicts(db: Db, programme: Programme, by: string): Promise<string> {
  const pairs = await conflictPairs(db, programme.policy.matching.aliases)
  return db.transaction(async (tx) => {
    const [audit] = await tx
      .insert(conflictAudits)
      .values({ by, policyVersion: programme.policy.version })
      .returning({ id: conflictAudits.id })
    if (audit === undefined) throw new Error('the audit was not made')
    await auditInto(tx, programme, audit.id, pairs)
    return audit.id
  })
}

async function auditInto(tx: Tx, programme: Programme, auditId: string, pairs: readonly ConflictPair[]): Promise<void> {
  // One audit after another: two that find the same account open one task.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('conflict audit', 0))`)
  const { territories, by } = programme.policy.conflicts.audit
  const groups = groupsOf(pairs)
  const earlier = await lastRulings(
    tx,
    groups.map(({ account }) => account),
  )
  const rows = groups.map((group): Found => {
    const before = earlier.get(membersOf(group))
    const row: Row = {
      auditId,
      account: group.account,
      territory: territoryOf(territories, by, group),
      sides: group.sides,
      registrations: group.registrations,
      deals: group.deals,
      byName: group.byName,
      pairs: group.pairs,
      ruling: before?.ruling ?? (group.ruled ? 'ruled' : null),
      taskId: before?.ruling == null ? (before?.taskId ?? null) : null,
    }
    return { row, asks: !group.ruled && before === undefined }
  })
  const kept = await keepRows(tx, programme, rows)
  const open = kept.filter(({ ruling }) => ruling === null)
  await tx.update(conflictAudits).set({ rows: kept.length, open: open.length }).where(eq(conflictAudits.id, auditId))
  await tellAudit(tx, programme, auditId, kept)
}

/** Those who pursue an account: the same ones are not asked about twice. */
function membersOf({
  account,
  registrations,
  deals,
}: Pick<ConflictGroup, 'account' | 'registrations' | 'deals'>): string {
  return [account, ...registrations.toSorted(), '/', ...deals.toSorted()].join(' ')
}

/** What the last audits say of these accounts: a ruling, or a task that is still open. One that lapsed without an answer is asked anew. */
async function lastRulings(
  tx: Tx,
  accounts: string[],
): Promise<Map<string, { ruling: Row['ruling'] | null; taskId: string | null }>> {
  if (accounts.length === 0) return new Map()
  const rows = await tx
    .select({ row: conflictAuditRows, decision: tasks.decision, state: tasks.state })
    .from(conflictAuditRows)
    .leftJoin(tasks, eq(tasks.id, conflictAuditRows.taskId))
    .where(anyOf(conflictAuditRows.account, accounts))
    .orderBy(desc(conflictAuditRows.id))
  const found = new Map<string, { ruling: Row['ruling'] | null; taskId: string | null }>()
  for (const { row, decision, state } of rows) {
    const members = membersOf(row)
    const ruling = decision ?? (row.ruling === 'ruled' ? null : row.ruling)
    if (found.has(members) || (ruling === null && state !== 'open')) continue
    found.set(members, { ruling, taskId: row.taskId })
  }
  return found
}

/** Enough for one statement. */
const CHUNK = 500

async function keepRows(tx: Tx, programme: Programme, rows: Found[]) {
  const { within, territories, to } = programme.policy.conflicts.audit
  const dueAt = plus(await databaseNow(tx), within)
  const usual = to ?? fallbackApprover(programme.policy)
  const kept: (typeof conflictAuditRows.$inferSelect)[] = []
  for (let from = 0; from < rows.length; from += CHUNK) {
    const chunk = rows.slice(from, from + CHUNK)
    const made = await tx
      .insert(conflictAuditRows)
      .values(chunk.map(({ row }) => row))
      .returning()
    const asked = made.filter((_, place) => chunk[place]?.asks === true)
    const opened =
      asked.length === 0
        ? []
        : await tx
            .insert(tasks)
            .values(
              asked.map(({ id, sides, byName, territory }) => ({
                kind: 'rule-conflict' as const,
                subjectId: id,
                round: 1,
                why: [`pursued-by-${sides}`, ...(byName ? ['same-name-only'] : [])],
                assignee: territories[territory]?.to ?? usual,
                dueAt,
              })),
            )
            .returning({ id: tasks.id, subjectId: tasks.subjectId })
    const taskOf = new Map(opened.map(({ id, subjectId }) => [subjectId, id]))
    for (const row of made) kept.push({ ...row, taskId: row.taskId ?? taskOf.get(row.id) ?? null })
    const pairs = JSON.stringify(opened.map(({ id, subjectId }) => ({ id: subjectId, task_id: id })))
    await tx.execute(sql`
      update ${conflictAuditRows} r set task_id = t.task_id
      from jsonb_to_recordset(${pairs}::jsonb) as t(id uuid, task_id uuid) where r.id = t.id`)
  }
  return kept
}

/** Who gets all of it, and who is asked about rows of a territory. */
async function tellAudit(
  tx: Tx,
  programme: Programme,
  auditId: string,
  rows: { territory: string; ruling: unknown }[],
): Promise<void> {
  if (rows.length === 0) return
  const { policy } = programme
  const { territories, to } = policy.conflicts.audit
  const [event] = await tx
    .insert(events)
    .values({
      subjectId: auditId,
      stepKey: 'audit',
      what: 'conflicts.audited',
      actor: 'system',
      policyVersion: policy.version,
      detail: { rows: rows.length, open: rows.filter(({ ruling }) => ruling === null).length },
    })
    .returning({ id: events.id })
  if (event === undefined) throw new Error('the event of the audit was not added')
  const whole = to ?? fallbackApprover(policy)
  const named = new Set(rows.flatMap(({ territory }) => territories[territory]?.to ?? []))
  if (whole !== null) named.delete(whole)
  const wished = [
    ...(whole === null ? [] : [{ template: AUDIT_TEMPLATES.whole, address: whole }]),
    ...[...named].map((address) => ({ template: AUDIT_TEMPLATES.assigned, address })),
  ]
  for (const { template, address } of wished)
    await planNotices(tx, programme, {
      eventId: event.id,
      subjectId: auditId,
      template,
      people: [{ address, audience: 'manager' }],
      portal: null,
    })
}
