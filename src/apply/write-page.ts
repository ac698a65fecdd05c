/** Writes a page: the ledger, what the vendors hold, tombstones and identities. A statement a table, whatever the page's size. */
import { and, isNull, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { insertRecords, updateRecords } from '../db/ledger.ts'
import { links, registrations, shadows } from '../db/schema/index.ts'
import { deletionOf } from '../mapping/systems.ts'
import { birth } from './birth.ts'
import { identityKeys, keyTypesOf } from '../domain/identity-keys.ts'
import { forgetLinks } from './forget.ts'
import { followIdentities, type IdentityClaim } from './identities.ts'
import type { Page, Standing } from './page.ts'

export async function writePage(page: Page): Promise<void> {
  const { tx, system } = page
  const born = [...page.inserted].map((id) => page.records.get(id)).filter((record) => record !== undefined)
  for (const [kind, records] of Map.groupBy(born, (record) => record.kind)) {
    const extra = birth(kind, system)
    await insertRecords(
      tx,
      kind,
      records.map(({ id, values, touched }) => ({ id, values, at: touched, extra })),
    )
  }
  for (const [kind, ids] of Map.groupBy(page.updated.keys(), (id) => page.records.get(id)?.kind)) {
    if (kind === undefined) continue
    await updateRecords(
      tx,
      kind,
      ids.map((id) => ({ id, values: page.updated.get(id) ?? {}, at: page.records.get(id)?.touched ?? {} })),
    )
  }
  await page.clashes.write(tx)
  await followIdentities(tx, movedIdentities(page))
  const touched = [...page.standings.values()].filter((standing) => standing.isTouched)
  await writeShadows(page, touched)
  await writeTombstones(page, touched)
}

/** Records by whose new values they are known from now on. */
function movedIdentities(page: Page): IdentityClaim[] {
  const changed = [...page.updated].filter(([id, values]) => {
    const kind = page.records.get(id)?.kind
    return kind !== undefined && keyTypesOf(kind).some((keyType) => keyType in values)
  })
  return [...page.inserted, ...changed.map(([id]) => id)].flatMap((recordId) => {
    const record = page.records.get(recordId)
    if (record === undefined || keyTypesOf(record.kind).length === 0) return []
    return [{ recordId, keys: identityKeys(record.kind, record.values) }]
  })
}

async function writeShadows({ tx }: Page, touched: Standing[]): Promise<void> {
  if (touched.length === 0) return
  const rows = touched.map(({ link, fields, version, modifiedAt }) => ({
    link_id: link.id,
    fields: fields ?? {},
    version,
    modified_at: modifiedAt,
  }))
  await tx.execute(sql`
    insert into ${shadows} (link_id, fields, version, modified_at)
    select link_id, fields, version, modified_at
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r(link_id uuid, fields jsonb, version text, modified_at timestamptz)
    on conflict (link_id) do update set
      fields = excluded.fields, version = excluded.version, modified_at = excluded.modified_at, seen_at = now()`)
}

/** A delete marks or forgets the link and never deletes a record of ours; a registration taken back at its portal is withdrawn. */
async function writeTombstones({ tx, system, object }: Page, touched: Standing[]): Promise<void> {
  const turned = touched.filter(({ link, gone }) => link.gone !== gone)
  for (const [gone, group] of Map.groupBy(turned, (standing) => standing.gone)) {
    const ids = group.map(({ link }) => link.id)
    await tx
      .update(links)
      .set({ gone, goneAt: gone ? sql`now()` : null })
      .where(anyOf(links.id, ids))
  }
  if (deletionOf(system, object) === 'unlink')
    await forgetLinks(
      tx,
      touched.filter(({ gone }) => gone).map(({ link }) => link.id),
    )
  const taken = turned.filter(({ link, gone }) => gone && link.kind === 'registration').map(({ link }) => link.recordId)
  if (taken.length === 0) return
  await tx
    .update(registrations)
    .set({ withdrawnAt: sql`now()` })
    .where(and(anyOf(registrations.id, taken), isNull(registrations.withdrawnAt)))
}
