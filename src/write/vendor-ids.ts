/** The vendor's ids of records that we wrote. */
import { and, eq, sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import type { Tx } from '../db/connection.ts'
import { links } from '../db/schema/index.ts'
import { findStubs, replaceStubs } from '../db/stubs.ts'

/**
 * Gives each link the vendor's id. An id that was met before its link was known (another record referred to it) has a stub, which
 * goes. Answers, by link, the ids that belong to another record of ours: these links keep what they had.
 */
export async function keepIds(
  tx: Tx,
  connection: string,
  object: string,
  told: { linkId: string; externalId: string }[],
): Promise<Map<string, string>> {
  if (told.length === 0) return new Map()
  const at = and(eq(links.connection, connection), eq(links.object, object))
  const now = await tx
    .select({ id: links.id, recordId: links.recordId, externalId: links.externalId })
    .from(links)
    .where(
      anyOf(
        links.id,
        told.map(({ linkId }) => linkId),
      ),
    )
    .orderBy(links.recordId)
    .for('update')
  const own = new Map(now.map((link) => [link.id, link]))
  const news = told.filter(({ linkId, externalId }) => own.get(linkId)?.externalId !== externalId)
  if (news.length === 0) return new Map()
  const ids = news.map(({ externalId }) => externalId)
  const stubs = new Map((await findStubs(tx, connection, object, ids)).map((stub) => [stub.externalId, stub]))
  await replaceStubs(
    tx,
    connection,
    object,
    news.flatMap(({ linkId, externalId }) => {
      const [stub, link] = [stubs.get(externalId), own.get(linkId)]
      return stub === undefined || link === undefined ? [] : [{ stub, recordId: link.recordId }]
    }),
  )
  const holders = new Map(
    (
      await tx
        .select({ id: links.id, externalId: links.externalId })
        .from(links)
        .where(and(at, anyOf(links.externalId, ids)))
    ).map((row) => [row.externalId, row.id]),
  )
  const taken = new Map<string, string>()
  const free: { link_id: string; external_id: string }[] = []
  for (const { linkId, externalId } of news) {
    const holder = holders.get(externalId)
    if (holder === undefined) {
      holders.set(externalId, linkId)
      free.push({ link_id: linkId, external_id: externalId })
    } else if (holder !== linkId) {
      taken.set(linkId, externalId)
    }
  }
  if (free.length > 0)
    await tx.execute(sql`
      update ${links} l set external_id = r.external_id, gone = false, gone_at = null, merged_into = null
      from jsonb_to_recordset(${JSON.stringify(free)}::jsonb) as r(link_id uuid, external_id text) where l.id = r.link_id`)
  return taken
}
