/**
 * Where else a record that came in is kept. Partners, their people and leads are kept in step; accounts and direct deals stay in the
 * CRM that they came from, and what is no partner's never reaches a portal.
 */
import { and, eq, isNotNull, not } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { ensureLinks } from '../db/outbox.ts'
import { links, tasks } from '../db/schema/index.ts'
import { plus } from '../domain/time.ts'
import { databaseNow } from '../db/connection.ts'
import { creatableObject, objectFor, type System, type Systems } from '../mapping/systems.ts'
import type { Page } from './page.ts'

/** How long a person has to invite somebody to a portal that takes no invitation from us. */
const INVITE_WITHIN_MS = 7 * 24 * 3_600_000

type Wanted = Parameters<typeof ensureLinks>[1][number]

/** Makes sure of the links; the writes to them are planned with those of the page. */
export async function keepInStep(page: Page, systems: Systems): Promise<void> {
  const others = [...systems.values()].filter(({ name }) => name !== page.system.name)
  const crms = others.filter(({ role }) => role === 'crm')
  const portals = others.filter(({ role }) => role === 'portal')
  const inserted = [...page.inserted].flatMap((id) => page.records.get(id) ?? [])
  const wanted: Wanted[] = []

  // A portal's partner is kept in every CRM. One that a CRM's people made stays theirs.
  if (page.system.role === 'portal')
    for (const { id } of inserted.filter(({ kind }) => kind === 'partner'))
      for (const crm of crms) wanted.push(...linkAt(crm, objectFor(crm, 'partner'), 'partner', id))

  const people = inserted.filter(({ kind, values }) => kind === 'contact' && isOurs(values))
  for (const { id } of people)
    for (const crm of crms) wanted.push(...linkAt(crm, creatableObject(crm, 'contact'), 'contact', id))

  // A lead lives in the first CRM that keeps leads; one that a partner got from us shows in the partner's portal.
  const leads = [...page.inserted, ...page.updated.keys()].flatMap((id) => {
    const record = page.records.get(id)
    return record?.kind === 'lead' && isOurs(record.values) ? [record] : []
  })
  const home = crms.find((crm) => creatableObject(crm, 'lead') !== undefined)
  if (page.system.role === 'portal' && home !== undefined)
    for (const { id } of leads) wanted.push(...linkAt(home, creatableObject(home, 'lead'), 'lead', id))

  const uninvited = new Set<string>()
  const told = page.system.role === 'crm' ? leads : []
  for (const portal of portals) {
    const known = await partnersOf(page, portal, [...people, ...told])
    for (const { id, values } of told)
      if (known.has(values['partnerId'] ?? ''))
        wanted.push(...linkAt(portal, creatableObject(portal, 'lead'), 'lead', id))
    for (const { id, values } of people) {
      if (!known.has(values['partnerId'] ?? '')) continue
      const object = creatableObject(portal, 'contact')
      if (object === undefined) uninvited.add(id)
      wanted.push(...linkAt(portal, object, 'contact', id))
    }
  }
  await ensureLinks(page.tx, wanted)
  await askToInvite(page, [...uninvited])
}

function linkAt(system: System, object: string | undefined, kind: Wanted['kind'], recordId: string): Wanted[] {
  return object === undefined ? [] : [{ connection: system.name, object, kind, recordId }]
}

function isOurs({ partnerId, state }: Record<string, string | null>): boolean {
  return partnerId !== null && partnerId !== undefined && state !== 'left'
}

/** Which of the records' partners the portal knows. */
async function partnersOf(page: Page, portal: System, records: { values: Record<string, string | null> }[]) {
  const ids = [...new Set(records.flatMap(({ values }) => values['partnerId'] ?? []))]
  if (ids.length === 0) return new Set<string>()
  const rows = await page.tx
    .select({ recordId: links.recordId })
    .from(links)
    .where(
      and(
        eq(links.connection, portal.name),
        eq(links.kind, 'partner'),
        anyOf(links.recordId, ids),
        isNotNull(links.externalId),
        not(links.gone),
      ),
    )
  return new Set(rows.map(({ recordId }) => recordId))
}

/** A portal that takes no users from us: a person invites them there, and is asked to. */
async function askToInvite({ tx }: Page, contactIds: string[]): Promise<void> {
  if (contactIds.length === 0) return
  const dueAt = plus(await databaseNow(tx), INVITE_WITHIN_MS)
  await tx
    .insert(tasks)
    .values(
      contactIds.map((subjectId) => ({
        kind: 'invite-contact' as const,
        subjectId,
        round: 1,
        why: ['portal-takes-no-users'],
        dueAt,
      })),
    )
    .onConflictDoNothing()
}
