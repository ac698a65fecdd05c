/**
 * Tasks of the CRMs' own users: an open decision, or something that they are told. Rows like any other record; the road writes them, reads
 * what was chosen, and closes them.
 *
 * What people decide stands there by itself (`src/process/crm-decisions.ts`); whoever wants to tell a user something plans a notice.
 */
import { and, eq, isNotNull, not, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { ensureLinks, planWrites } from '../db/outbox.ts'
import { crmTasks, links, users, writes } from '../db/schema/index.ts'
import type { Instant } from '../domain/time.ts'
import { creatableObject } from '../mapping/systems.ts'
import type { Programme } from './programme.ts'

export interface CrmTaskWish {
  /** Which task it is, so that it is made once however often it is wished for: an event and its recipient, say. */
  occasion: string
  /** The address of the CRM's user. */
  to: string
  subject: string
  body: string
  /** When it is due; absent: now. */
  dueAt?: Instant
  /** What it is about, as far as the CRM knows that record; the deal before the account. */
  dealId?: string | null
  accountId?: string | null
  /** The connection to prefer, such as the home of the deal. */
  connection?: string | null
  /** The task of ours that is decided by it. */
  taskId?: string
}

/** The longest subject that every CRM takes. */
const SUBJECT_MAX = 255

/**
 * Plans a task for the user with this address, in the transaction that has the reason for it. Null where no CRM that keeps tasks has such
 * a user: then another channel is to be taken.
 */
export async function planCrmTask(
  tx: Tx,
  programme: Programme,
  wish: CrmTaskWish,
): Promise<{ id: string; connection: string } | null> {
  const place = await placeFor(tx, programme, wish)
  if (place === null) return null
  const { connection, object, userId } = place
  const there = await knownThere(tx, connection, [wish.dealId ?? null, wish.accountId ?? null])
  const about = wish.dealId ?? null
  const dealId = about !== null && there.has(about) ? about : null
  const account = wish.accountId ?? null
  const due = wish.dueAt === undefined ? sql`now()` : sql`${wish.dueAt}::timestamptz`
  const [made] = await tx
    .insert(crmTasks)
    .values({
      purpose: wish.taskId === undefined ? 'notice' : 'decision',
      connection,
      occasion: wish.occasion,
      taskId: wish.taskId ?? null,
      subject: wish.subject.replaceAll(/\s+/g, ' ').slice(0, SUBJECT_MAX),
      body: wish.body,
      question: wish.body,
      dueAt: due,
      dueOn: sql`(${due} at time zone 'UTC')::date`,
      ownerId: userId,
      status: 'open',
      dealId,
      accountId: dealId === null && account !== null && there.has(account) ? account : null,
    })
    .onConflictDoNothing()
    .returning({ id: crmTasks.id })
  if (made === undefined) {
    const [known] = await tx
      .select({ id: crmTasks.id })
      .from(crmTasks)
      .where(and(eq(crmTasks.connection, connection), eq(crmTasks.occasion, wish.occasion)))
    return known === undefined ? null : { id: known.id, connection }
  }
  await ensureLinks(tx, [{ connection, object, kind: 'task', recordId: made.id }])
  await planWrites(tx, [made.id])
  return { id: made.id, connection }
}

/** Says something to a task, below what it asks, and plans the writing of it. */
export async function sayOnCrmTask(
  tx: Tx,
  crmTaskId: string,
  words: string,
  more: Partial<Pick<typeof crmTasks.$inferInsert, 'status' | 'decision'>>,
): Promise<void> {
  await tx
    .update(crmTasks)
    .set({
      ...more,
      body: sql`coalesce(${crmTasks.question}, '') || ${`\n\n${words}`}`,
      version: sql`${crmTasks.version} + 1`,
      updatedAt: sql`now()`,
    })
    .where(eq(crmTasks.id, crmTaskId))
  await planWrites(tx, [crmTaskId])
}

/** Closes what stands in CRMs for a task of ours that is over, and says there how it ended. */
export async function closeCrmTasks(tx: Tx, taskId: string, words: string): Promise<void> {
  const open = await tx
    .select({ id: crmTasks.id, registrationId: crmTasks.registrationId })
    .from(crmTasks)
    .where(and(eq(crmTasks.taskId, taskId), eq(crmTasks.status, 'open')))
    .orderBy(crmTasks.id)
    .for('update')
  for (const { id, registrationId } of open) {
    const isUnasked = registrationId !== null && (await isNeverAsked(tx, id))
    if (isUnasked) await tx.update(crmTasks).set({ status: 'done' }).where(eq(crmTasks.id, id))
    else await sayOnCrmTask(tx, id, words, { status: 'done' })
  }
}

/** Whether an approval was not submitted yet, nor is at this moment: then it is over before it began, and never is. */
async function isNeverAsked(tx: Tx, crmTaskId: string): Promise<boolean> {
  const { rows } = await tx.execute<{ never: boolean }>(sql`
    with ours as (select l.id from ${links} l where l.record_id = ${crmTaskId} and l.external_id is null),
      dropped as (
        delete from ${writes} w using ours where w.link_id = ours.id and w.status in ('planned', 'parked') returning w.link_id)
    select exists (select from ours) and not exists (
      select from ours join ${writes} w on w.link_id = ours.id and w.status in ('sending', 'unclear')) as never`)
  return rows[0]?.never === true
}

/** The first CRM that keeps tasks and has a user with the address who is still there. */
async function placeFor(
  tx: Tx,
  { systems }: Programme,
  { to, connection }: CrmTaskWish,
): Promise<{ connection: string; object: string; userId: string } | null> {
  const crms = [...systems.values()].flatMap((system) => {
    const object = system.role === 'crm' ? creatableObject(system, 'task') : undefined
    return object === undefined ? [] : [{ connection: system.name, object }]
  })
  if (crms.length === 0) return null
  const found = await tx
    .select({ userId: users.id, connection: links.connection })
    .from(users)
    .innerJoin(links, and(eq(links.recordId, users.id), eq(links.kind, 'user')))
    .where(
      and(
        sql`lower(${users.email}) = lower(${to.trim()})`,
        sql`${users.state} is distinct from 'left'`,
        isNotNull(links.externalId),
        not(links.gone),
        anyOf(
          links.connection,
          crms.map((crm) => crm.connection),
        ),
      ),
    )
    .orderBy(users.id)
  const places = crms.flatMap((crm) => {
    const user = found.find((one) => one.connection === crm.connection)
    return user === undefined ? [] : [{ ...crm, userId: user.userId }]
  })
  return places.find((place) => place.connection === connection) ?? places[0] ?? null
}

/** Which of the records the connection has: a task cannot be about one that it has not. */
async function knownThere(tx: Tx, connection: string, ids: (string | null)[]): Promise<Set<string>> {
  const wanted = ids.filter((id) => id !== null)
  if (wanted.length === 0) return new Set()
  const rows = await tx
    .select({ recordId: links.recordId })
    .from(links)
    .where(and(eq(links.connection, connection), anyOf(links.recordId, wanted), not(links.gone)))
  return new Set(rows.map(({ recordId }) => recordId))
}
