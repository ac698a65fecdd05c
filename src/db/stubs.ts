/**
 * Stubs: accounts and deals that were only referred to by a vendor id, and made as empty records so that what refers to them can be
 * kept. Once it is known which record of ours the vendor id is, the stub goes and what referred to it refers to that record.
 */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'
import { accounts, aliases, deals, links, parties, registrations, shadows, writes } from './schema/index.ts'

export interface Stub {
  linkId: string
  kind: 'account' | 'deal'
  recordId: string
  externalId: string
}

/** Which of the vendor ids are held by stubs. */
export async function findStubs(tx: Tx, connection: string, object: string, externalIds: string[]): Promise<Stub[]> {
  if (externalIds.length === 0) return []
  const rows = await tx
    .select({ linkId: links.id, kind: links.kind, recordId: links.recordId, externalId: links.externalId })
    .from(links)
    .leftJoin(shadows, eq(shadows.linkId, links.id))
    .leftJoin(writes, eq(writes.linkId, links.id))
    .leftJoin(accounts, eq(accounts.id, links.recordId))
    .leftJoin(deals, eq(deals.id, links.recordId))
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        inArray(links.externalId, externalIds),
        inArray(links.kind, ['account', 'deal']),
        isNull(shadows.linkId),
        isNull(writes.linkId),
        isNull(accounts.name),
        isNull(accounts.domain),
        isNull(deals.name),
        isNull(deals.registrationId),
      ),
    )
  return rows.flatMap(({ kind, externalId, ...row }) =>
    externalId === null || (kind !== 'account' && kind !== 'deal') ? [] : [{ ...row, kind, externalId }],
  )
}

/**
 * Puts records in the place of stubs, unless the record has another vendor record at this connection. Answers the vendor ids that
 * are the records' now.
 */
export async function replaceStubs(
  tx: Tx,
  connection: string,
  object: string,
  moves: { stub: Stub; recordId: string }[],
): Promise<Set<string>> {
  // Of two stubs that turn out to be one record, one can be its vendor record.
  const wanted = [...new Map(moves.filter((m) => m.stub.recordId !== m.recordId).map((m) => [m.recordId, m])).values()]
  if (wanted.length === 0) return new Set()
  const here = await tx
    .select({ id: links.id, recordId: links.recordId, externalId: links.externalId, gone: links.gone })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        inArray(
          links.recordId,
          wanted.map((move) => move.recordId),
        ),
      ),
    )
    .orderBy(links.recordId)
    .for('update')
  const own = new Map(here.map((link) => [link.recordId, link]))
  const free = wanted.filter(({ recordId }) => {
    const link = own.get(recordId)
    return link === undefined || link.externalId === null || link.gone
  })
  if (free.length === 0) return new Set()
  const rows = JSON.stringify(
    free.map(({ stub, recordId }) => ({
      stub: stub.recordId,
      record: recordId,
      stub_link: stub.linkId,
      own_link: own.get(recordId)?.id ?? stub.linkId,
      external_id: stub.externalId,
    })),
  )
  const r = sql`jsonb_to_recordset(${rows}::jsonb) as r(stub uuid, record uuid, stub_link uuid, own_link uuid, external_id text)`
  for (const [table, column] of references)
    await tx.execute(
      sql`update ${table} t set ${sql.identifier(column)} = r.record from ${r} where t.${sql.identifier(column)} = r.stub`,
    )
  await tx.execute(
    sql`update ${aliases} t set link_id = r.own_link from ${r} where t.link_id = r.stub_link and r.own_link <> r.stub_link`,
  )
  await tx.execute(sql`delete from ${links} t using ${r} where t.id = r.stub_link and r.own_link <> r.stub_link`)
  await tx.execute(sql`
    update ${links} t set record_id = r.record, external_id = r.external_id, gone = false, merged_into = null from ${r} where t.id = r.own_link`)
  await tx.execute(sql`delete from ${accounts} t using ${r} where t.id = r.stub`)
  await tx.execute(sql`delete from ${deals} t using ${r} where t.id = r.stub`)
  return new Set(free.map(({ stub }) => stub.externalId))
}

/** Where the ledger refers to accounts and deals. */
const references = [
  [deals, 'account_id'],
  [parties, 'account_id'],
  [parties, 'deal_id'],
  [registrations, 'account_id'],
  [registrations, 'deal_id'],
] as const
