/** Who is meant by a role in the process of a registration. */
import { eq } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { contacts, deals, tasks, users } from '../../db/schema/index.ts'
import type { Audience } from '../../domain/notice.ts'
import { currentTask, managerOf, partnerOf, type Registration } from '../facts.ts'
import { standInFor } from '../delegations.ts'
import type { Programme } from '../programme.ts'

/** A role of the process. Each is written to as an audience. */
const roles = {
  /** The person who works it at the partner, else the partner's own address. */
  partner: { audience: 'partner', of: partnerPerson },
  /** The partner account manager, else the approver of the policy. */
  manager: { audience: 'manager', of: managerPerson },
  /** Whom the present task asks, else the manager. */
  approver: { audience: 'manager', of: approverPerson },
  /** The owner of the registration's deal. */
  rep: { audience: 'rep', of: repPerson },
  /** Who hears of what was not decided in time. */
  director: {
    audience: 'director',
    of: (_: Tx, programme) => Promise.resolve(programme.policy.decision.ladder[0]?.to ?? null),
  },
} as const satisfies Record<
  string,
  { audience: Audience; of: (tx: Tx, programme: Programme, row: Registration) => Promise<string | null> }
>

export type Role = keyof typeof roles

/** A role, or a certain person as an audience; nobody is told when the address is null. */
export type Told<A extends Audience = Audience> =
  { [R in Role]: (typeof roles)[R]['audience'] extends A ? R : never }[Role] | { as: A; to: string | null }

export interface Person {
  address: string
  audience: Audience
}

/** The people meant, each once however many roles they have: the first one counts. */
export async function peopleOf(
  tx: Tx,
  programme: Programme,
  row: Registration,
  told: readonly Told[],
): Promise<Person[]> {
  const people = new Map<string, Person>()
  for (const one of told) {
    const address = typeof one === 'string' ? await roles[one].of(tx, programme, row) : one.to
    const audience = typeof one === 'string' ? roles[one].audience : one.as
    if (address === null || address.trim() === '') continue
    // Who is away is not asked: who stands in for them is.
    const to = audience === 'manager' || audience === 'director' ? await standInFor(tx, address) : address
    const key = to.toLowerCase()
    if (!people.has(key)) people.set(key, { address: to, audience })
  }
  return [...people.values()]
}

async function partnerPerson(tx: Tx, _: Programme, row: Registration): Promise<string | null> {
  const [contact] =
    row.contactId === null
      ? []
      : await tx
          .select({ email: contacts.email, state: contacts.state })
          .from(contacts)
          .where(eq(contacts.id, row.contactId))
  const address = contact?.state === 'left' ? null : (contact?.email ?? null)
  return address ?? (await partnerOf(tx, row))?.email ?? null
}

async function managerPerson(tx: Tx, programme: Programme, row: Registration): Promise<string | null> {
  return managerOf(programme, await partnerOf(tx, row))
}

async function approverPerson(tx: Tx, programme: Programme, row: Registration): Promise<string | null> {
  const [task] = await tx.select({ assignee: tasks.assignee }).from(tasks).where(currentTask(row))
  return task?.assignee ?? managerPerson(tx, programme, row)
}

async function repPerson(tx: Tx, _: Programme, row: Registration): Promise<string | null> {
  if (row.dealId === null) return null
  const [deal] = await tx
    .select({ email: users.email })
    .from(deals)
    .innerJoin(users, eq(users.id, deals.ownerId))
    .where(eq(deals.id, row.dealId))
  return deal?.email ?? null
}
