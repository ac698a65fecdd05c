/** What a deal's one note says of its registration, in words for the CRM's people. It is a field: what is said anew replaces it. */
import { and, eq, isNotNull } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { updateRecords } from '../db/ledger.ts'
import { planWrites } from '../db/outbox.ts'
import { deals, registrations } from '../db/schema/index.ts'
import type { Policy } from '../domain/policy/policy.ts'
import { dayIn, type Instant } from '../domain/time.ts'
import type { Partner, Registration } from './facts.ts'

type NoteOfDeal = Pick<typeof deals.$inferInsert, 'registrationNote'>

export const noNote: NoteOfDeal = { registrationNote: null }

/** A CRM's text has 255 characters; names have no end. */
const NAME_MOST = 60

/** What stands at the deal from the lapse on; nothing where the policy wants no note. */
export function lapseNote(policy: Policy, row: Registration, partner: Partner | undefined): NoteOfDeal {
  return policy.exclusivity.onLapse.note ? { registrationNote: lapseText(policy, row, partner) } : {}
}

/** That the protection is over, and of which registration. */
export function lapseText({ exclusivity }: Policy, row: Registration, partner: Partner | undefined): string {
  const who = (partner?.name ?? 'a partner').slice(0, NAME_MOST)
  const registered = dayIn(exclusivity.timeZone, row.submittedAt ?? row.createdAt)
  const ended = row.protectedUntil === null ? '' : ` on ${dayText(exclusivity, row.protectedUntil)}`
  return `The protection of the registration by ${who} of ${registered} (${row.id}) ended${ended}.`
}

/** That a person refused a longer protection. */
export function refusalNote({ exclusivity }: Policy, now: Instant): NoteOfDeal {
  return { registrationNote: `A longer protection was asked for and refused on ${dayText(exclusivity, now)}.` }
}

/** The day of an instant with the time zone that it is a day of. */
export function dayText({ timeZone }: Policy['exclusivity'], instant: Instant): string {
  return `${dayIn(timeZone, instant)} (${timeZone})`
}

/** The company is registered again: the note at the deal of the claim that lapsed is history. */
export async function clearEarlierNote(tx: Tx, { id }: Registration): Promise<void> {
  const earlier = await tx
    .select({ id: deals.id })
    .from(registrations)
    .innerJoin(deals, eq(deals.registrationId, registrations.previousId))
    .where(and(eq(registrations.id, id), isNotNull(deals.registrationNote)))
    .orderBy(deals.id)
  await updateRecords(
    tx,
    'deal',
    earlier.map((deal) => ({ id: deal.id, values: { registrationNote: null } })),
  )
  await planWrites(
    tx,
    earlier.map((deal) => deal.id),
  )
}
