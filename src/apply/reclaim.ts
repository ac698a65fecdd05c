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
 * A record of ours that lost its vendor record to a delete takes over the one vendor record there that bears our key of it; where none
 * does, the one that has its very domain or e-mail address. Of several, none: their people made them. By domain or address only the
 * record that the identity belongs to: another one was a duplicate, and whoever deletes a duplicate wants what is left to stay as it is.
 */
export async function reclaim(page: Page, systems: Systems): Promise<void> {
  const lost = [...page.standings.values()].flatMap(({ link, gone, isTouched }) => {
    const record = isTouched && gone && !link.gone ? page.records.get(link.recordId) : undefined
    return record ?? []
  })
  const copies = await copiesOf(
    page,
    lost.map(({ id }) => id),
  )
  await takeOver(page, systems, copies, 'key')
  const copied = new Set(copies.map(({ record }) => record))
  const keyed = lost.flatMap((record) => {
    const [key] = copied.has(record.id) ? [] : identityKeys(record.kind, record.values)
    return key === undefined ? [] : [{ recordId: record.id, key }]
  })
  for (const [keyType, group] of Map.groupBy(keyed, ({ key }) => `${key.kind} ${key.keyType}`)) {
    const [first] = group
    if (first !== undefined) await takeOver(page, systems, await twinsOf(page, first.key, group), keyType)
  }
}

/** A vendor record that may stand for a record of ours that lost its own. */
interface Candidate {
  record: string
  link: string
}

async function takeOver(
  { tx, system, object }: Page,
  systems: Systems,
  candidates: Candidate[],
  by: string,
): Promise<void> {
  for (const [recordId, itsOwn] of Map.groupBy(candidates, ({ record }) => record)) {
    const [only] = itsOwn
    if (only === undefined || itsOwn.length > 1) continue
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
        detail: { from, to: recordId, by },
      },
    ])
  }
}

/** It cannot be taken over, and nothing was changed: the two stay apart, and a person may say otherwise. The page goes on. */
function unfit(error: unknown): null {
  if (error instanceof CausewayError) return null
  throw error
}

/** Live vendor records that bore our key of one of these records when they were first met. */
async function copiesOf({ tx, system, object }: Page, lost: string[]): Promise<Candidate[]> {
  if (lost.length === 0) return []
  const { rows } = await tx.execute<{ record: string; link: string }>(sql`
    select copy_of::text as record, id::text as link from ${links}
    where copy_of = any(${sql.param(lost)}::uuid[]) and connection = ${system.name} and object = ${object}
      and external_id is not null and not gone`)
  return rows
}

async function twinsOf(
  { tx, system, object }: Page,
  { kind, keyType }: IdentityKey,
  lost: { recordId: string; key: IdentityKey }[],
): Promise<Candidate[]> {
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
