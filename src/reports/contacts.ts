/** People at partners, with where they are known and what is open with them. */
import { and, asc, desc, eq, ilike, inArray, or, sql } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { contacts, leads, links, partners, registrations } from '../db/schema/index.ts'
import type { ContactState } from '../domain/records.ts'
import { openStates } from '../domain/registration-states.ts'
import { beginsWith, contains, olderThan, type Window } from './windows.ts'

export interface ContactFilter extends Window {
  partnerId?: string | undefined
  state?: ContactState | undefined
  /** Part of the name or the e-mail. */
  name?: string | undefined
}

const row = {
  id: contacts.id,
  partnerId: contacts.partnerId,
  name: contacts.name,
  email: contacts.email,
  phone: contacts.phone,
  title: contacts.title,
  role: contacts.role,
  state: contacts.state,
  leftAt: contacts.leftAt,
  successorId: contacts.successorId,
  createdAt: contacts.createdAt,
}

/** The newest first; one row more than `limit`. As a partner it finds that partner's people alone. */
export async function listContacts(tx: Tx, { partnerId, state, name, after, id, limit }: ContactFilter) {
  return tx
    .select(row)
    .from(contacts)
    .where(
      and(
        partnerId === undefined ? undefined : eq(contacts.partnerId, partnerId),
        state === undefined ? undefined : eq(contacts.state, state),
        name === undefined
          ? undefined
          : or(ilike(contacts.name, contains(name)), ilike(contacts.email, contains(name))),
        id === undefined ? undefined : beginsWith(contacts.id, id),
        after === null ? undefined : olderThan(contacts.createdAt, contacts.id, after),
      ),
    )
    .orderBy(desc(contacts.createdAt), desc(contacts.id))
    .limit(limit + 1)
}

/** For staff: the person with their systems and open work; undefined when there is none. */
export async function readContact(tx: Tx, id: string) {
  const [found] = await tx
    .select({ ...row, custom: contacts.custom, partner: partners.name })
    .from(contacts)
    .leftJoin(partners, eq(partners.id, contacts.partnerId))
    .where(eq(contacts.id, id))
  if (found === undefined) return undefined
  const systems = await tx
    .select({ connection: links.connection, externalId: links.externalId, gone: links.gone })
    .from(links)
    .where(eq(links.recordId, id))
    .orderBy(asc(links.connection))
  const [open] = await tx
    .select({
      leads: sql<number>`(select count(*)::int from ${leads} l where l.contact_id = ${id}
        and l.state in ('new', 'offered', 'submitted', 'accepted', 'contacted'))`,
      registrations: sql<number>`count(*)::int`,
    })
    .from(registrations)
    .where(and(eq(registrations.contactId, id), inArray(registrations.state, [...openStates])))
  return { ...found, systems, open: open ?? { leads: 0, registrations: 0 } }
}
