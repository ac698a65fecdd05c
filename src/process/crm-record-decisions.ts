/**
 * Deciding on the record itself. Where a CRM shows the deal, or what it keeps of the registration, with a property for the decision, the
 * outcome that its people choose there answers the one question that is open about it. It is judged like a decision by any other door;
 * what became of it is said beside it, and the choice is taken away, so that the next question finds none.
 *
 * Looked after whenever such records were read: the choice on the row is the wish, so nothing is lost by a death in between.
 */
import { and, desc, eq, inArray, isNotNull, not, sql, type SQL } from 'drizzle-orm'
import { isLiveHere } from '../db/connections.ts'
import type { Db, Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { deals, directReviews, links, registrations, tasks } from '../db/schema/index.ts'
import { askForUsers, emailOf, isUnreadYet } from '../db/unread-users.ts'
import { reasonFor, taskDecisions, taskKinds, type TaskDecision } from '../domain/task-kinds.ts'
import { systemOf, type System } from '../mapping/systems.ts'
import { again, labelOf, outcomeOf, refusalIn, userOf } from './crm-words.ts'
import { decideIn, endOf, keepRefusal, type Decision } from './decide.ts'
import type { Programme } from './programme.ts'

type Kind = 'deal' | 'registration'
type Task = typeof tasks.$inferSelect

/** How many are heard in one go; the rest has its turn when such records are read next. */
const AT_ONCE = 100

/** What was chosen on records of this connection since. Nothing is done where they have no property for it. */
export async function hearRecordDecisions(db: Db, { systems }: Programme, connection: string): Promise<void> {
  const system = systemOf(systems, connection)
  for (const kind of ['deal', 'registration'] as const) {
    const isKept = system.mappings.some((m) => m.kind === kind && m.fields.some(({ field }) => field === 'decision'))
    if (!isKept) continue
    for (const { id } of await chosenOn(db, kind, connection)) await hear(db, system, kind, id)
  }
}

/** The records of its own on which something is chosen, by somebody who can be known by now. */
function chosenOn(db: Db, kind: Kind, connection: string): Promise<{ id: string }[]> {
  const table = kind === 'deal' ? deals : registrations
  const isHere =
    kind === 'deal'
      ? and(eq(deals.home, connection), isLiveHere(deals.home))
      : sql`exists (select from ${links} where ${and(eq(links.recordId, registrations.id), eq(links.kind, 'registration'), eq(links.connection, connection), not(links.gone), isLiveHere(links.connection))})`
  return db.transaction(async (tx) => {
    const unread = await tx
      .select({ id: table.decidedById })
      .from(table)
      .where(and(isNotNull(table.decision), isHere, isUnreadYet(table.decidedById)))
    await askForUsers(
      tx,
      unread.map(({ id }) => id),
    )
    return tx
      .select({ id: table.id })
      .from(table)
      .where(and(isNotNull(table.decision), isHere, not(isUnreadYet(table.decidedById))))
      .orderBy(table.id)
      .limit(AT_ONCE)
  })
}

/** What came of a choice: what is said to it, and the refusal where there was one, which is kept. */
interface Answer {
  words: string
  isDecided: boolean
  refused: { decision: Decision; error: unknown } | null
}

async function hear(db: Db, system: System, kind: Kind, id: string): Promise<void> {
  const refused = await db.transaction(async (tx) => {
    const chosen = await lockedChoice(tx, kind, id)
    if (chosen === undefined) return null
    const answer = await answerTo(tx, system, kind, chosen)
    const values = {
      decision: null,
      decisionAnswer: answer.words,
      // What was said belongs to this decision, and must not explain the next one.
      ...(answer.isDecided ? { decisionReason: null } : {}),
    }
    await updateRecords(tx, kind, [{ id, values }])
    await planWrites(tx, [id], { only: system.name })
    return answer.refused
  })
  if (refused !== null) await keepRefusal(db, refused.decision, refused.error)
}

interface Choice {
  decision: string
  reason: string | null
  /** The address of who chose; null: it cannot be told. */
  by: string | null
  /** Which tasks are about the record. */
  about: SQL | undefined
}

/** The claim before its deal, as everyone who needs both. Undefined: another was first. */
async function lockedChoice(tx: Tx, kind: Kind, id: string): Promise<Choice | undefined> {
  if (kind === 'registration') {
    const [claim] = await tx.select().from(registrations).where(eq(registrations.id, id)).for('update')
    return claim === undefined ? undefined : choiceOn(tx, claim, eq(tasks.subjectId, id))
  }
  const claims = await tx
    .select({ id: registrations.id })
    .from(registrations)
    .where(
      sql`${registrations.dealId} = ${id} or ${registrations.id} = (select d.registration_id from ${deals} d where d.id = ${id})`,
    )
    .orderBy(registrations.id)
    .for('update')
  const [deal] = await tx.select().from(deals).where(eq(deals.id, id)).for('update')
  const reviews = tx.select({ id: directReviews.id }).from(directReviews).where(eq(directReviews.dealId, id))
  const ofClaims = claims.map((claim) => claim.id)
  const about =
    ofClaims.length === 0
      ? inArray(tasks.subjectId, reviews)
      : sql`(${inArray(tasks.subjectId, ofClaims)} or ${inArray(tasks.subjectId, reviews)})`
  return deal === undefined ? undefined : choiceOn(tx, deal, about)
}

async function choiceOn(
  tx: Tx,
  row: { decision: string | null; decisionReason: string | null; decidedById: string | null },
  about: SQL | undefined,
): Promise<Choice | undefined> {
  if (row.decision === null) return undefined
  return { decision: row.decision, reason: row.decisionReason, by: await emailOf(tx, row.decidedById), about }
}

async function answerTo(tx: Tx, system: System, kind: Kind, { decision, reason, by, about }: Choice): Promise<Answer> {
  const outcome = outcomeOf(decision)
  if (outcome === undefined) return said(`“${decision}” is no outcome. ${again}`)
  const asked = await tx
    .select()
    .from(tasks)
    .where(about)
    .orderBy(desc(sql`${tasks.state} = 'open'`), desc(sql`coalesce(${tasks.decidedAt}, ${tasks.createdAt})`), tasks.id)
  const task = meant(system, kind, asked, outcome)
  if (typeof task === 'string') return said(`${task} ${again}`)
  const wished: Decision = { taskId: task.id, decision: outcome, reason, by: userOf(system, by) }
  try {
    return { words: endOf(await decideIn(tx, wished)), isDecided: true, refused: null }
  } catch (error) {
    const refusal = refusalIn(error)
    // Of two deciders the second is told who was first, and when.
    const isLate = refusal.code === 'CW_TASK_DECIDED'
    return {
      words: `${refusal.message}. ${isLate ? '' : again}`.trim(),
      isDecided: isLate,
      refused: { decision: wished, error },
    }
  }
}

const said = (words: string): Answer => ({ words, isDecided: false, refused: null })

/** The task that the outcome answers: the open one, else the last that was. In words: why there is none. */
function meant(system: System, kind: Kind, asked: Task[], outcome: TaskDecision): Task | string {
  const fitting = asked.filter((task) => reasonFor(task.kind, outcome) !== null)
  const [first, second] = fitting.filter(({ state }) => state === 'open')
  if (first !== undefined && second !== undefined)
    return `Two questions are open that “${labelOf(system, kind, outcome)}” would answer: “${taskKinds[first.kind].asks}” and “${taskKinds[second.kind].asks}” They are decided in their tasks.`
  if (first !== undefined) return first
  const [open] = asked.filter(({ state }) => state === 'open')
  if (open !== undefined) {
    const possible = taskDecisions
      .filter((one) => reasonFor(open.kind, one) !== null)
      .map((one) => `“${labelOf(system, kind, one)}”`)
    return `What is asked is “${taskKinds[open.kind].asks}”, and ${possible.length === 0 ? 'it ends by what is done about it' : `the answers are ${possible.join(', ')}`}.`
  }
  return fitting[0] ?? 'Nothing is asked about it.'
}
