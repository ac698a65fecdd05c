/** Parts in deals that the ledger has already: a part is its deal, its role and who has it, and bears no key of ours. */
import { sql } from 'drizzle-orm'
import type { Fields } from '../../connectors/contract.ts'
import type { Tx } from '../db/connection.ts'
import { parties } from '../db/schema/index.ts'
import { mappingOf, type System } from '../mapping/systems.ts'
import { toCanonical, type Lookups } from '../mapping/translate.ts'

/** Which of our parts the vendor's records are, by vendor id: our own link may be heard of before its answer. */
export async function findParts(
  tx: Tx,
  system: System,
  object: string,
  unknown: { externalId: string; fields: Fields }[],
  lookups: Lookups,
): Promise<Map<string, string>> {
  const mapping = mappingOf(system, object, 'party')
  if (mapping === undefined || unknown.length === 0) return new Map()
  const rows = unknown.flatMap(({ externalId, fields }) => {
    const { values, troubles } = toCanonical(mapping, fields, 'create', lookups)
    const { dealId = null, accountId = null, partnerId = null, role = null } = values
    if (troubles.length > 0 || dealId === null) return []
    return [{ external_id: externalId, deal_id: dealId, account_id: accountId, partner_id: partnerId, role }]
  })
  const found = await tx.execute<{ external_id: string; id: string }>(sql`
    select r.external_id, p.id
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r(external_id text, deal_id uuid, account_id uuid, partner_id uuid, role text)
    join ${parties} p on p.deal_id = r.deal_id and p.role is not distinct from r.role
      and p.account_id is not distinct from r.account_id and p.partner_id is not distinct from r.partner_id`)
  return new Map(found.rows.map((row) => [row.external_id, row.id]))
}
