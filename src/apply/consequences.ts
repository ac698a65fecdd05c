/** What follows from a page: writes to the other systems, corrections to the one it came from, and wakes for the processes. */
import { and, eq, inArray, isNull, ne, or, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { modeOf } from '../db/connections.ts'
import { reviewDirectDeals } from '../db/direct-reviews.ts'
import { theirIds } from '../db/lookups.ts'
import { ensureMirrors } from '../db/mirrors.ts'
import { nudge, planLinks, planWrites, workflowId } from '../db/outbox.ts'
import { changes, deals, registrations } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'
import { openStates } from '../domain/registration-states.ts'
import { keptAs, mirrorPlaces } from '../mapping/mirrors.ts'
import type { Systems } from '../mapping/systems.ts'
import { difference, restore, type Lookups } from '../mapping/translate.ts'
import { followDeals } from './follow-deals.ts'
import { followEdits } from './edits.ts'
import { keepInStep } from './keep-in-step.ts'
import { followLeavers, knowSubmitters } from './leavers.ts'
import { followManagers } from './managers.ts'
import type { Page, Standing } from './page.ts'
import { transformOut } from './transformed.ts'
import { proposePartners } from './propose.ts'

export async function tellOthers(page: Page, systems: Systems): Promise<void> {
  const { tx, system } = page
  const standings = [...page.standings.values()].filter((standing) => standing.isTouched)
  const touched = [...page.inserted, ...page.updated.keys(), ...(await followManagers(page))]
  const gone = standings.filter((standing) => standing.gone).map(({ link }) => link.recordId)
  const ofKind = (kind: RecordKind) => [...touched, ...gone].filter((id) => page.records.get(id)?.kind === kind)
  const newPartners = ofKind('partner').filter((id) => page.inserted.has(id))

  await keepInStep(page, systems)
  if (system.role === 'portal') await proposePartners(page, systems, newPartners)
  await followLeavers(page)
  await knowSubmitters(page)
  await planWrites(tx, touched, { exceptLinks: standings.map(({ link }) => link.id) })
  await planLinks(tx, [
    ...(await behind(page, standings)),
    ...(await ensureMirrors(tx, mirrorPlaces(systems), [...ofKind('deal'), ...ofKind('party')])),
  ])
  // A process looks at its row for what a rule would see: a new claim, one that is gone, a deal that closed. Each look costs events.
  const edited = await followEdits(page)
  const changed = ofKind('registration').filter(
    (id) => page.inserted.has(id) || gone.includes(id) || edited.includes(id),
  )
  // Those of an observed portal begin with its go-live.
  if (changed.length > 0 && (await modeOf(tx, system.name)) === 'live')
    await nudge(tx, changed.map(workflowId.registration))
  await wakeRegistrations(tx, ofKind('deal'))
  await followDeals(page, ofKind('deal'))
  await wakeClaimsOf(
    tx,
    ofKind('partner').filter((id) => page.updated.get(id)?.['state'] === 'offboarded'),
  )
  if (system.role === 'crm')
    await reviewDirectDeals(
      tx,
      { dealIds: ofKind('deal'), accountIds: renamed(page, ofKind('account')) },
      system.aliases,
    )
  if (newPartners.length > 0) await wakeParked(page)
}

/** Accounts that are known by another domain or name than before: what stands at them may be registered. */
function renamed(page: Page, accountIds: string[]): string[] {
  return accountIds.filter((id) => {
    const changed = page.updated.get(id) ?? {}
    return 'domain' in changed || 'name' in changed
  })
}

/**
 * Wakes the registrations whose deals say otherwise than they know: closed, open again, or at another account. Each look costs events,
 * so that what a registration only follows (stage, amount, owner) wakes nobody; see `follow-deals.ts`.
 */
export async function wakeRegistrations(tx: Tx, dealIds: string[]): Promise<void> {
  if (dealIds.length === 0) return
  const isNews = or(
    and(
      inArray(deals.status, ['won', 'lost']),
      inArray(registrations.state, ['approved', 'won', 'lost']),
      ne(registrations.state, sql`${deals.status}`),
    ),
    and(eq(deals.status, 'won'), eq(registrations.state, 'lapsed'), isNull(registrations.lateWin)),
    and(eq(deals.status, 'open'), inArray(registrations.state, ['won', 'lost'])),
    and(eq(registrations.state, 'approved'), ne(deals.accountId, registrations.accountId)),
  )
  const waiting = await tx
    .select({ id: registrations.id })
    .from(deals)
    .innerJoin(registrations, eq(registrations.id, deals.registrationId))
    .where(and(anyOf(deals.id, dealIds), isNews))
  await nudge(
    tx,
    waiting.map(({ id }) => workflowId.registration(id)),
  )
}

/** Partners that have left: their claims end, or a person is asked, as the policy says. */
async function wakeClaimsOf(tx: Tx, partnerIds: string[]): Promise<void> {
  if (partnerIds.length === 0) return
  const open = await tx
    .select({ id: registrations.id })
    .from(registrations)
    .where(and(anyOf(registrations.partnerId, partnerIds), inArray(registrations.state, [...openStates])))
  await nudge(
    tx,
    open.map(({ id }) => workflowId.registration(id)),
  )
}

/**
 * Links of the page whose vendor record is behind the ledger. Only where we write at all: a record that was only ever read is the
 * vendor's, whatever stands in the fields that we would call ours. A parked write is tried again, for its cause may have gone.
 */
async function behind(page: Page, standings: Standing[]): Promise<string[]> {
  const candidates = standings.filter(({ link, gone, ledgerWon }) => !gone && (link.write !== null || ledgerWon))
  if (candidates.length === 0) return []
  const mapped = page.system.mappings.filter((m) => m.object === page.object).flatMap((m) => m.fields)
  const referred = mapped.flatMap((field) =>
    field.conversion.as === 'lookup'
      ? candidates.flatMap(({ link }) => page.records.get(link.recordId)?.values[field.field] ?? [])
      : [],
  )
  const theirs = await theirIds(page.tx, page.system.name, referred)
  const behindOurs = candidates.flatMap(({ link }) => page.records.get(link.recordId) ?? [])
  await transformOut(page.transformations, page.system, page.object, behindOurs)
  const lookups: Lookups = { ...page.lookups, toTheirs: (of, id) => theirs.get(`${of} ${id}`) }
  return candidates
    .filter(({ link, fields, held }) => {
      if (link.write === 'parked') return true
      const record = page.records.get(link.recordId)
      const mapping = keptAs(page.system, page.object, link.kind, record?.values)
      if (mapping === undefined || record === undefined || mapping.mode === 'create-only') return false
      const there = restore(fields ?? {}, link.shadow?.answers ?? {})
      const left = difference(mapping, record.values, there, lookups, [...held])
      return Object.keys(left.fields).length > 0 || left.waitsFor.length > 0 || left.troubles.length > 0
    })
    .map(({ link }) => link.id)
}

/** Streams whose registrations named an unknown partner look again when partners arrive. */
async function wakeParked({ tx, system }: Page): Promise<void> {
  const waiting = await tx
    .selectDistinct({ object: changes.object })
    .from(changes)
    .where(
      and(eq(changes.connection, system.name), eq(changes.status, 'parked'), eq(changes.code, 'CW_PARTNER_UNKNOWN')),
    )
  await nudge(
    tx,
    waiting.map(({ object }) => workflowId.stream(system.name, object)),
  )
}
