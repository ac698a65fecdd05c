/** What a registration follows of its deal: stage, amount, owner and date stand in its timeline as the CRM says them, and wake nobody. */
import { sql } from 'drizzle-orm'
import { deals, events, registrations } from '../db/schema/index.ts'
import type { Page } from './page.ts'

/** The fields that are followed. Of amounts and people the timeline says only that they changed: their values stay in the deal. */
const followed = ['stage', 'amount', 'currency', 'ownerId', 'closeDate'] as const

export async function followDeals({ tx, system, updated }: Page, dealIds: string[]): Promise<void> {
  const rows = dealIds.flatMap((id) => {
    const changed = updated.get(id) ?? {}
    const fields = followed.filter((field) => field in changed)
    return fields.length === 0 ? [] : [{ id, fields: fields.join(' '), stage: changed['stage'] ?? null }]
  })
  if (rows.length === 0) return
  await tx.execute(sql`
    insert into ${events} (subject_id, partner_id, step_key, what, actor, detail)
    select r.id, r.partner_id, 'deal:' || d.version, 'deal.changed', ${system.name},
      jsonb_strip_nulls(jsonb_build_object('fields', w.fields, 'stage', w.stage))
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as w(id uuid, fields text, stage text)
    join ${deals} d on d.id = w.id join ${registrations} r on r.id = d.registration_id
    order by r.id on conflict do nothing`)
}
