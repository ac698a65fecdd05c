/**
 * Stubs: records that were only referred to by a vendor id, and made as empty rows so that what refers to them can be kept. Once it
 * is known which record of ours the vendor id is, the stub goes and what referred to it refers to that record.
 */
import { and, eq, inArray, isNull, sql } from 'drizzle-orm'
import { anyOf } from './any-of.ts'
import type { RecordKind } from '../domain/records.ts'
import type { Tx } from './connection.ts'
import { moveReferences } from './references.ts'
import { accounts, aliases, contacts, deals, identities, links, shadows, users, writes } from './schema/index.ts'

/** The kinds that may be made of a mere reference. A partner never is, and what starts a process of its own neither. */
export const stubKinds = ['user', 'contact', 'account', 'deal'] as const
export type StubKind = (typeof stubKinds)[number]

export function isStubKind(kind: RecordKind): kind is StubKind {
  return stubKinds.some((candidate) => candidate === kind)
}

export interface Stub {
  linkId: string
  kind: StubKind
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
    .leftJoin(users, eq(users.id, links.recordId))
    .leftJoin(contacts, eq(contacts.id, links.recordId))
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        anyOf(links.externalId, externalIds),
        inArray(links.kind, [...stubKinds]),
        isNull(shadows.linkId),
        isNull(writes.linkId),
        isNull(accounts.name),
        isNull(accounts.domain),
        isNull(deals.name),
        isNull(deals.registrationId),
        isNull(users.name),
        isNull(users.email),
        isNull(contacts.partnerId),
        isNull(contacts.name),
        isNull(contacts.email),
      ),
    )
  return rows.flatMap(({ kind, externalId, ...row }) =>
    externalId === null || !isStubKind(kind) ? [] : [{ ...row, kind, externalId }],
  )
}

/**
 * Puts records in the place of stubs, unless the record has another vendor record at this connection. Answers the record that each
 * vendor id stands for now, of those that moved.
 */
export async function replaceStubs(
  tx: Tx,
  connection: string,
  object: string,
  moves: { stub: Stub; recordId: string }[],
): Promise<Map<string, string>> {
  // Of two stubs that turn out to be one record, one can be its vendor record.
  const wanted = [...new Map(moves.filter((m) => m.stub.recordId !== m.recordId).map((m) => [m.recordId, m])).values()]
  if (wanted.length === 0) return new Map()
  const here = await tx
    .select({ id: links.id, recordId: links.recordId, externalId: links.externalId, gone: links.gone })
    .from(links)
    .where(
      and(
        eq(links.connection, connection),
        eq(links.object, object),
        anyOf(
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
  if (free.length === 0) return new Map()
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
  for (const [kind, group] of Map.groupBy(free, ({ stub }) => stub.kind))
    await moveReferences(
      tx,
      kind,
      group.map(({ stub, recordId }) => ({ from: stub.recordId, to: recordId })),
    )
  await tx.execute(sql`update ${identities} t set record_id = r.record from ${r} where t.record_id = r.stub`)
  await tx.execute(
    sql`update ${aliases} t set link_id = r.own_link from ${r} where t.link_id = r.stub_link and r.own_link <> r.stub_link`,
  )
  await tx.execute(sql`delete from ${links} t using ${r} where t.id = r.stub_link and r.own_link <> r.stub_link`)
  await tx.execute(sql`
    update ${links} t set record_id = r.record, external_id = r.external_id, gone = false, gone_at = null, merged_into = null
    from ${r} where t.id = r.own_link`)
  await leaveOtherPlaces(tx, r)
  for (const table of [accounts, deals, users, contacts])
    await tx.execute(sql`delete from ${table} t using ${r} where t.id = r.stub`)
  return new Map(free.map(({ stub, recordId }) => [stub.externalId, recordId]))
}

/**
 * Where a stub was asked to be made because something there refers to it: the record is asked for in its place, unless it is there
 * already. One that is being made at this moment is left alone until it is answered.
 */
async function leaveOtherPlaces(tx: Tx, r: ReturnType<typeof sql>): Promise<void> {
  const spare = sql`select t.id from ${links} t join ${r} on t.record_id = r.stub
    join ${links} o on o.record_id = r.record and o.connection = t.connection and o.object = t.object
    where t.external_id is null and not exists (
      select from ${writes} w where w.link_id = t.id and w.status in ('sending', 'unclear'))`
  await tx.execute(sql`delete from ${writes} where link_id in (${spare})`)
  await tx.execute(sql`delete from ${links} where id in (${spare})`)
  await tx.execute(sql`
    update ${links} t set record_id = r.record from ${r} where t.record_id = r.stub and not exists (
      select from ${links} o where o.record_id = r.record and o.connection = t.connection and o.object = t.object)`)
}
