/** People who have left a partner: deactivated everywhere, and their open work goes to a colleague whom a person names. */
import { sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { planWrites } from '../db/outbox.ts'
import { contacts, leads, registrations, tasks } from '../db/schema/index.ts'
import { openStates } from '../domain/registration-states.ts'
import type { Page } from './page.ts'

/**
 * Follows who left: whom a system says so of, and whom a portal no longer has in the partner's team. A contact that a CRM's people
 * deleted says nothing of the person.
 */
export async function followLeavers(page: Page): Promise<void> {
  const said = [...page.updated].flatMap(([id, changed]) =>
    page.records.get(id)?.kind === 'contact' && changed['state'] === 'left' ? [id] : [],
  )
  const removed = [...page.standings.values()].flatMap(({ link, gone, isTouched }) =>
    page.system.role === 'portal' && link.kind === 'contact' && isTouched && gone ? [link.recordId] : [],
  )
  await followReturns(page)
  const ids = [...new Set([...said, ...removed])]
  if (ids.length === 0) return
  const { rows } = await page.tx.execute<{ id: string }>(sql`
    update ${contacts} set state = 'left', left_at = now(), version = version + 1, updated_at = now()
    where id in ${ids} and left_at is null returning id`)
  const left = rows.map(({ id }) => id)
  if (left.length === 0) return
  await planWrites(page.tx, left)
  // Somebody is asked only where there is something to hand over.
  await page.tx.execute(sql`
    insert into ${tasks} (kind, subject_id, round, why, assignee, due_at)
    select 'name-colleague', c.id, 1, '["open-work"]'::jsonb, p.manager_email, now() + interval '2 days'
    from ${contacts} c left join partners p on p.id = c.partner_id
    where c.id in ${left} and (
      exists (select from ${leads} l where l.contact_id = c.id and l.state in ('new', 'offered', 'submitted', 'accepted', 'contacted'))
      or exists (select from ${registrations} r where r.contact_id = c.id and r.state in ${[...openStates]}))
    on conflict do nothing`)
}

/** Who is said to be there again can leave again. */
async function followReturns({ tx, updated, records }: Page): Promise<void> {
  const ids = [...updated].flatMap(([id, { state }]) =>
    records.get(id)?.kind === 'contact' && state !== undefined && state !== 'left' ? [id] : [],
  )
  if (ids.length > 0) await tx.update(contacts).set({ leftAt: null }).where(anyOf(contacts.id, ids))
}

/** Who at the partner works a claim: the person who submitted it, as soon as both are known. */
export async function knowSubmitters(page: Page): Promise<void> {
  const of = (kind: string) => [...page.inserted].filter((id) => page.records.get(id)?.kind === kind)
  const [claims, people] = [of('registration'), of('contact')]
  if (claims.length === 0 && people.length === 0) return
  const which = claims.length > 0 ? sql`r.id in ${claims}` : sql`c.id in ${people}`
  await page.tx.execute(sql`
    update ${registrations} r set contact_id = c.id from ${contacts} c
    where ${which} and r.contact_id is null and c.partner_id = r.partner_id and lower(c.email) = lower(r.submitted_by)`)
}
