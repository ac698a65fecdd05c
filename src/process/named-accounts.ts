/** Accounts that direct sales keeps for itself, source by source: each is taken in as a whole, so that what left a list is gone. */
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { recordAudit } from '../db/audit.ts'
import { namedAccounts, namedLists } from '../db/schema/index.ts'
import { companyKeys, readDomain } from '../domain/identity.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'

export interface NamedAccountRow {
  name: string | null
  domain: string | null
  country: string | null
  territory: string | null
  ownerEmail: string | null
}

/** Rows of one statement. */
const PAGE = 1_000

/**
 * Puts the rows in the place of all that the source named before, in one transaction.
 *
 * @throws CW_REQUEST_INVALID naming each row that says neither a name nor a domain, or a domain that is none; or where a CRM's list has
 *   the source's name
 */
export async function replaceNamedAccounts(
  db: Db,
  source: string,
  rows: NamedAccountRow[],
  by: string,
): Promise<{ before: number; now: number }> {
  const flaws: string[] = []
  const values = rows.map((row, index) => {
    const domain = readDomain(row.domain)
    if (!domain.ok) flaws.push(`row ${String(index + 1)}: "${domain.found}" is no domain`)
    else if (row.name === null && domain.domain === null)
      flaws.push(`row ${String(index + 1)}: has neither a name nor a domain`)
    return {
      ...row,
      ...companyKeys(row.name),
      domain: domain.ok ? domain.domain : null,
      source,
      key: String(index + 1),
    }
  })
  const [list] = await db.select().from(namedLists).where(eq(namedLists.source, source))
  if (list !== undefined)
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      `source: "${source}" is the list ${list.list} of ${list.connection}, read from there; expected another name`,
      { field: 'source' },
    )
  if (flaws.length > 0)
    throw new CausewayError('CW_REQUEST_INVALID', flaws.slice(0, 20).join('\n'), { field: 'rows', flaws: flaws.length })
  return db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`named accounts ${source}`}, 0))`)
    const gone = await tx
      .delete(namedAccounts)
      .where(eq(namedAccounts.source, source))
      .returning({ id: namedAccounts.id })
    for (let from = 0; from < values.length; from += PAGE)
      await tx.insert(namedAccounts).values(values.slice(from, from + PAGE))
    await recordAudit(tx, [
      { what: 'named-accounts.replaced', actor: by, detail: { source, before: gone.length, now: values.length } },
    ])
    return { before: gone.length, now: values.length }
  })
}

export interface NamedSource {
  source: string
  accounts: number
  /** Where it is read from, and how that went; null: it was imported. */
  list: { connection: string; list: string; readAt: string | null; code: ErrorCode | null; unknown: number } | null
}

/** How many accounts each source names, and of a CRM's list whether it could be read. */
export async function namedAccountSources(db: Db): Promise<NamedSource[]> {
  const counted = db
    .select({ source: namedAccounts.source, accounts: sql<number>`count(*)::int`.as('accounts') })
    .from(namedAccounts)
    .groupBy(namedAccounts.source)
    .as('counted')
  const source = sql<string>`coalesce(${counted.source}, ${namedLists.source})`
  const { connection, list, readAt, code, unknown } = namedLists
  return db
    .select({
      source,
      accounts: sql<number>`coalesce(${counted.accounts}, 0)`,
      list: { connection, list, readAt, code, unknown },
    })
    .from(counted)
    .fullJoin(namedLists, eq(namedLists.source, counted.source))
    .orderBy(source)
}
