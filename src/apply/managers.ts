/** A partner's account manager is the user of ours with the address that the portal names. */
import { sql, type SQL } from 'drizzle-orm'
import { partners, users } from '../db/schema/index.ts'
import type { Page } from './page.ts'

/**
 * Partners follow their manager's address to a user of ours, when they or the user arrive. An address that is nobody's has no
 * manager; one who has left stays it until the portal names another. Answers the partners that changed.
 */
export async function followManagers(page: Page): Promise<string[]> {
  const news = (kind: 'partner' | 'user', field: string) => [
    ...[...page.inserted].filter((id) => page.records.get(id)?.kind === kind),
    ...[...page.updated].flatMap(([id, values]) =>
      page.records.get(id)?.kind === kind && field in values ? [id] : [],
    ),
  ]
  const [partnerIds, userIds] = [news('partner', 'managerEmail'), news('user', 'email')]
  if (partnerIds.length === 0 && userIds.length === 0) return []
  const { rows } = await page.tx.execute<{ id: string; manager_id: string | null }>(sql`
    with wanted as materialized (
      select p.id, (
        select u.id from ${users} u where lower(u.email) = lower(p.manager_email)
        order by coalesce(u.state = 'left', false), u.id limit 1) as manager_id
      from ${partners} p
      where p.manager_email is not null and (p.id in ${ids(partnerIds)}
        or lower(p.manager_email) in (select lower(u.email) from ${users} u where u.id in ${ids(userIds)}))
      order by p.id for update of p)
    update ${partners} p set manager_id = w.manager_id, version = p.version + 1, updated_at = now(),
      touched = p.touched || jsonb_build_object('managerId', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
    from wanted w where p.id = w.id and p.manager_id is distinct from w.manager_id returning p.id, p.manager_id`)
  for (const { id, manager_id } of rows) {
    const record = page.records.get(id)
    if (record !== undefined) record.values['managerId'] = manager_id
  }
  return rows.map(({ id }) => id)
}

function ids(list: string[]): SQL {
  return sql`(select id::uuid from jsonb_array_elements_text(${JSON.stringify(list)}::jsonb) as e(id))`
}
