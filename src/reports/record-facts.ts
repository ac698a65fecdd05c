/** What staff are shown of a record when they say who is who: its own values, and the vendor records that stand for it. */
import { inArray } from 'drizzle-orm'
import type { Db, Tx } from '../db/connection.ts'
import { readRecords } from '../db/ledger.ts'
import { links } from '../db/schema/index.ts'
import type { RecordKind } from '../domain/records.ts'

export interface RecordFacts {
  recordId: string
  kind: RecordKind
  /** What the ledger holds; null fields are left out. */
  fields: Record<string, string>
  links: { id: string; connection: string; object: string; externalId: string | null; gone: boolean }[]
}

const MAY_STAND: readonly RecordKind[] = ['partner', 'account', 'user', 'contact', 'deal']

/** By record id. A record that is no more is missing. */
export async function factsOf(db: Db, ids: string[]): Promise<Map<string, RecordFacts>> {
  if (ids.length === 0) return new Map()
  return db.transaction(async (tx) => {
    const linked = await linksOf(tx, ids)
    const facts = new Map<string, RecordFacts>()
    for (const kind of MAY_STAND) {
      for (const [recordId, { values }] of await readRecords(tx, kind, ids)) {
        const fields = Object.fromEntries(Object.entries(values).flatMap(([f, v]) => (v === null ? [] : [[f, v]])))
        facts.set(recordId, { recordId, kind, fields, links: linked.get(recordId) ?? [] })
      }
    }
    return facts
  })
}

async function linksOf(tx: Tx, ids: string[]): Promise<Map<string, RecordFacts['links']>> {
  const rows = await tx
    .select({
      id: links.id,
      connection: links.connection,
      object: links.object,
      externalId: links.externalId,
      gone: links.gone,
      recordId: links.recordId,
    })
    .from(links)
    .where(inArray(links.recordId, ids))
    .orderBy(links.connection, links.object)
  return new Map(
    [...Map.groupBy(rows, (row) => row.recordId)].map(([id, of]) => [
      id,
      of.map(({ id: linkId, connection, object, externalId, gone }) => ({
        id: linkId,
        connection,
        object,
        externalId,
        gone,
      })),
    ]),
  )
}
