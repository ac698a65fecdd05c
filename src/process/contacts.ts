/** People at partners: one who has left is deactivated everywhere, and a named colleague takes over what is open. */
import { and, eq, inArray, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, planWrites, workflowId } from '../db/outbox.ts'
import { contacts, leads, links, registrations, tasks } from '../db/schema/index.ts'
import { openStates } from '../domain/registration-states.ts'
import type { LeadState } from '../domain/records.ts'
import { CausewayError } from '../errors.ts'

export interface Leave {
  contactId: string
  /** Who takes over; null: nobody has been named yet. */
  successorId: string | null
  /** `key:<id>`. */
  actor: string
}

export interface HandedOver {
  leads: number
  registrations: number
}

/** States in which a lead is somebody's work. */
const OPEN_LEADS: LeadState[] = ['new', 'offered', 'submitted', 'accepted', 'contacted']

/**
 * A person has left a partner: every system is told, and what they worked on goes to the successor. Said again with another
 * successor, what is open with the first one stays there; what is still the leaver's goes to the new one.
 *
 * @returns what was handed over
 * @throws CW_NOT_FOUND, CW_REQUEST_INVALID for a successor of another partner, one who has left too, or the person themselves
 */
export async function leave(db: Db, { contactId, successorId, actor }: Leave): Promise<HandedOver> {
  return db.transaction(async (tx) => {
    const [person] = await tx.select().from(contacts).where(eq(contacts.id, contactId)).for('update')
    if (person === undefined)
      throw new CausewayError('CW_NOT_FOUND', `There is no contact ${contactId}`, { id: contactId })
    const successor = successorId === null ? null : await colleague(tx, person, successorId)
    await tx
      .update(contacts)
      .set({
        state: 'left',
        leftAt: sql`coalesce(${contacts.leftAt}, now())`,
        ...(successor === null ? {} : { successorId: successor }),
        version: sql`${contacts.version} + 1`,
        updatedAt: sql`now()`,
      })
      .where(eq(contacts.id, contactId))
    await planWrites(tx, [contactId])
    await lookWhereKnown(tx, contactId)
    const moved = successor === null ? { leads: 0, registrations: 0 } : await handOver(tx, contactId, successor)
    if (successor === null) await askForColleague(tx, contactId)
    else await closeTask(tx, contactId, actor)
    await recordAudit(tx, [
      { what: 'contact.left', actor, recordId: contactId, detail: { successorId: successor, ...moved } },
    ])
    return moved
  })
}

/** The successor's id, if they may take over. */
async function colleague(tx: Tx, person: typeof contacts.$inferSelect, id: string): Promise<string> {
  const [other] = await tx.select().from(contacts).where(eq(contacts.id, id))
  if (other === undefined) throw new CausewayError('CW_NOT_FOUND', `There is no contact ${id}`, { id })
  const hindrance =
    other.id === person.id
      ? 'is the person who leaves'
      : other.partnerId !== person.partnerId
        ? 'belongs to another partner'
        : other.state === 'left'
          ? 'has left too'
          : null
  if (hindrance !== null)
    throw new CausewayError('CW_REQUEST_INVALID', `The successor ${id} ${hindrance}; name an active colleague`, {
      field: 'successorId',
    })
  return other.id
}

async function handOver(tx: Tx, from: string, to: string): Promise<HandedOver> {
  const next = { contactId: to, updatedAt: sql`now()` }
  const given = await tx
    .update(leads)
    .set({ ...next, version: sql`${leads.version} + 1` })
    .where(and(eq(leads.contactId, from), inArray(leads.state, OPEN_LEADS)))
    .returning({ id: leads.id })
  const claims = await tx
    .update(registrations)
    .set({ ...next, version: sql`${registrations.version} + 1` })
    .where(and(eq(registrations.contactId, from), inArray(registrations.state, [...openStates])))
    .returning({ id: registrations.id })
  await planWrites(
    tx,
    [...given, ...claims].map(({ id }) => id),
  )
  return { leads: given.length, registrations: claims.length }
}

/** Where the person is known, people are looked at anew: what cannot be written there is asked of somebody. */
async function lookWhereKnown(tx: Tx, contactId: string): Promise<void> {
  const known = await tx
    .select({ connection: links.connection, object: links.object })
    .from(links)
    .where(eq(links.recordId, contactId))
  await nudge(
    tx,
    known.map(({ connection, object }) => workflowId.stream(connection, object)),
  )
}

async function askForColleague(tx: Tx, contactId: string): Promise<void> {
  await tx.execute(sql`
    insert into ${tasks} (kind, subject_id, round, why, assignee, due_at)
    select 'name-colleague', c.id, 1, '["open-work"]'::jsonb, p.manager_email, now() + interval '2 days'
    from ${contacts} c left join partners p on p.id = c.partner_id where c.id = ${contactId}
    on conflict do nothing`)
}

async function closeTask(tx: Tx, contactId: string, actor: string): Promise<void> {
  await tx
    .update(tasks)
    .set({ state: 'decided', decidedBy: actor, decidedAt: sql`now()` })
    .where(and(eq(tasks.kind, 'name-colleague'), eq(tasks.subjectId, contactId), eq(tasks.state, 'open')))
}
