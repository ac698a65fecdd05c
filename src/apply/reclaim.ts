/** A vendor record that was deleted and made anew, where the new one was told before the end of the old one. */
import { getTableName, sql } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import { tables } from '../db/ledger.ts'
import { identities, links } from '../db/schema/index.ts'
import { identityKeys, type IdentityKey } from '../domain/identity-keys.ts'
import { CausewayError } from '../errors.ts'
import type { Systems } from '../mapping/systems.ts'
import type { Page } from './page.ts'
import { relinkWithin } from './relink.ts'

/**
 * A record of ours that lost its vendor record to a delete takes over the one vendor record there that has its very domain or e-mail
 * address. Of several, none: their people made them. Only the record that the identity belongs to: another one was a duplicate, and
 * whoever deletes a duplicate wants what is left to stay as it is.
 */
export async function reclaim(page: Page, systems: Systems): Promise<void> {
  const { tx, system, object } = page
  const lost = [...page.standings.values()].flatMap(({ link, gone, isTouched }) => {
    const record = isTouched && gone && !link.gone ? page.records.get(link.recordId) : undefined
    const [key] = record === undefined ? [] : identityKeys(record.kind, record.values)
    return record === undefined || key === undefined ? [] : [{ recordId: record.id, key }]
  })
  for (const [keyType, group] of Map.groupBy(lost, ({ key }) => `${key.kind} ${key.keyType}`)) {
    const [first] = group
    if (first === undefined) continue
    for (const [recordId, twins] of Map.groupBy(await twinsOf(page, first.key, group), (row) => row.record)) {
      const [only] = twins
      if (only === undefined || twins.length > 1) continue
      const relinked = await relinkWithin(tx, systems, only.link, recordId).catch(unfit)
      if (relinked === null) continue
      const { from, externalId } = relinked
      await recordAudit(tx, [
        {
          what: 'link',
          actor: 'system',
          rule: 'made-anew',
          connection: system.name,
          object,
          externalId,
          linkId: only.link,
          recordId,
          detail: { from, to: recordId, by: keyType },
        },
      ])
    }
  }
}

/** It cannot be taken over, and nothing was changed: the two stay apart, and a person may say otherwise. The page goes on. */
function unfit(error: unknown): null {
  if (error instanceof CausewayError) return null
  throw error
}

async function twinsOf(
  { tx, system, object }: Page,
  { kind, keyType }: IdentityKey,
  lost: { recordId: string; key: IdentityKey }[],
): Promise<{ record: string; link: string }[]> {
  const rows = JSON.stringify(lost.map(({ recordId, key }) => ({ record: recordId, value: key.value })))
  const column = keyType === 'email' ? sql`lower(t.email)` : sql`t.domain`
  const { rows: twins } = await tx.execute<{ record: string; link: string }>(sql`
    select r.record::text, l.id::text as link from jsonb_to_recordset(${rows}::jsonb) as r(record uuid, value text)
    join ${identities} i on i.kind = ${kind} and i.key_type = ${keyType} and i.value = r.value and i.record_id = r.record
    join ${sql.identifier(getTableName(tables[kind]))} t on ${column} = r.value and t.id <> r.record
    join ${links} l on l.record_id = t.id and l.connection = ${system.name} and l.object = ${object} and l.kind = ${kind}
      and l.external_id is not null and not l.gone`)
  return twins
}
