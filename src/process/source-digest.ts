/**
 * Once a day those who answer for the channel are told of the deals without a source, as long as there are some. The day's event is
 * unique, so of several workers one tells; who was not told of an earlier day is told of this one alone.
 */
import { and, eq, inArray, ne, sql } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { mappingsInForce } from '../db/in-force.ts'
import { events, notices } from '../db/schema/index.ts'
import { dealManager, dealsWithoutSource, keepsSource, longestFirst } from '../db/without-source.ts'
import type { Facts, Line } from '../domain/notice.ts'
import type { Instant } from '../domain/time.ts'
import type { Systems } from '../mapping/systems.ts'
import { fallbackApprover } from '../domain/policy/terms.ts'
import { planNotices } from './notices/plan.ts'
import type { Programme } from './programme.ts'

/** To who answers for all of them, and to a partner account manager for their own. */
const TEMPLATES = { all: 'deals.without-source', managed: 'deals.without-source.managed' } as const

/** What the days' events are about: no record, but the installation's deals. */
const SUBJECT = '00000000-0000-4000-8000-0000000d1e57'
/** A day begins then, so that the mail is there in the morning. */
const HOUR_UTC = 6
/** More than these a person reads by the command. */
const SHOWN = 50

/**
 * Plans the day's notices unless that was done. Answers in how many milliseconds the next day begins.
 *
 * @param asOf the instant that says which day it is; absent: now, by the database
 */
export async function planSourceDigest(db: Db, programme: Programme, asOf?: Instant): Promise<number> {
  const now = asOf === undefined ? sql`now()` : sql`${asOf}::timestamptz`
  const { rows } = await db.execute<{ day: string; ms: string }>(sql`
    select local::date::text as day, ceil(extract(epoch from (date_trunc('day', local) + interval '1 day' - local)) * 1000)::text as ms
    from (select (${now} at time zone 'UTC') - make_interval(hours => ${HOUR_UTC}) as local) as clock`)
  const { day = '', ms = '0' } = rows[0] ?? {}
  const stepKey = `deals-without-source:${day}`
  const told = await db
    .select({ id: events.id })
    .from(events)
    .where(and(eq(events.subjectId, SUBJECT), eq(events.stepKey, stepKey)))
  if (told.length === 0) await db.transaction((tx) => tellOf(tx, stepKey, programme))
  return Number(ms)
}

async function tellOf(tx: Tx, stepKey: string, programme: Programme): Promise<void> {
  const { policy, systems } = programme
  const homes = await liveHomes(tx, systems)
  const found = await dealsWithoutSource(tx, homes)
  const wished = recipients(found, fallbackApprover(policy))
  if (wished.length === 0) return
  const [event] = await tx
    .insert(events)
    .values({
      subjectId: SUBJECT,
      stepKey,
      what: TEMPLATES.all,
      actor: 'system',
      detail: { count: found.length, homes: homes.join(',') },
    })
    .onConflictDoNothing()
    .returning({ id: events.id })
  if (event === undefined) return
  await tx
    .update(notices)
    .set({ status: 'skipped', code: 'CW_SKIPPED' })
    .where(
      and(
        eq(notices.subjectId, SUBJECT),
        ne(notices.eventId, event.id),
        inArray(notices.status, ['planned', 'parked']),
      ),
    )
  for (const { template, recipient } of wished)
    await planNotices(tx, programme, {
      eventId: event.id,
      subjectId: SUBJECT,
      template,
      people: [{ address: recipient, audience: 'manager' }],
      portal: null,
    })
}

/** Of a connection that is only observed nobody is told anything. */
async function liveHomes(tx: Tx, systems: Systems): Promise<string[]> {
  const homes: string[] = []
  // In the order of their names, as everyone who asks for several.
  for (const [name, system] of [...systems].toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (system.role !== 'crm') continue
    const { mode } = await mappingsInForce(tx, system)
    if (mode === 'live' && keepsSource(system)) homes.push(name)
  }
  return homes
}

function recipients(found: { managerEmail: string | null }[], approver: string | null) {
  if (found.length === 0) return []
  const managers = new Set(found.flatMap(({ managerEmail }) => managerEmail?.toLowerCase() ?? []))
  if (approver !== null) managers.delete(approver.toLowerCase())
  return [
    ...(approver === null ? [] : [{ template: TEMPLATES.all, recipient: approver }]),
    ...[...managers].map((recipient) => ({ template: TEMPLATES.managed, recipient })),
  ]
}

/** What the list says from the rows as they are now; null: there is nothing to tell any more. */
export async function factsOfSourceList(
  db: Db,
  { template, eventId, recipient }: Pick<typeof notices.$inferSelect, 'eventId' | 'recipient' | 'template'>,
): Promise<Facts | null> {
  const [event] = await db.select({ detail: events.detail }).from(events).where(eq(events.id, eventId))
  const homes = String(event?.detail['homes'] ?? '').split(',')
  const own = template === TEMPLATES.managed ? sql`lower(${dealManager.email}) = ${recipient}` : undefined
  const found = await dealsWithoutSource(db, homes, own).orderBy(...longestFirst)
  if (found.length === 0) return null
  const list = found.slice(0, SHOWN).map(lineOf)
  const more = found.length - list.length
  return { count: found.length, list, more: more > 0 ? more : null, commands: ['causeway deals without-source'] }
}

type Found = Awaited<ReturnType<typeof dealsWithoutSource>>[number]

function lineOf(found: Found): Line {
  const { name, account, amount, currency, owner, ownerEmail, connection, object, externalId, since } = found
  return {
    line: 'deal-without-source',
    names: {
      deal: name,
      account,
      amount: amount === null ? null : { amount, currency },
      owner: owner ?? ownerEmail,
      connection,
      object,
      record: externalId,
      since: { day: since },
    },
  }
}
