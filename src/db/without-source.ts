/**
 * Deals of which nobody says where they come from. Only those that live in a CRM, are there still and are open: what is won or lost is
 * counted already, and a mirror says what its home says.
 */
import { aliasedTable, and, count, eq, inArray, isNull, sql, type SQL } from 'drizzle-orm'
import type { System } from '../mapping/systems.ts'
import type { Db, Tx } from './connection.ts'
import { accounts, deals, links, partners, users } from './schema/index.ts'

const owner = aliasedTable(users, 'owner')
const manager = aliasedTable(users, 'manager')

/** Since when: a person emptied it then, or it never had one since the deal came in. */
export const sourcelessSince =
  sql<string>`coalesce((${deals.touched} ->> 'source')::timestamptz(3), ${deals.createdAt})`.mapWith((value: string) =>
    new Date(value).toISOString(),
  )

/** Systems that say where a deal comes from; of the deals of others nothing is known, and nothing is asked. */
export function keepsSource({ role, mappings }: System): boolean {
  return (
    role === 'crm' &&
    mappings.some(({ kind, fields }) => kind === 'deal' && fields.some(({ field }) => field === 'source'))
  )
}

/**
 * One row a deal.
 *
 * @param homes the CRMs whose deals are asked for
 */
export function dealsWithoutSource(db: Db | Tx, homes: readonly string[], more?: SQL) {
  return db
    .select({
      id: deals.id,
      name: deals.name,
      account: accounts.name,
      partner: partners.name,
      amount: deals.amount,
      currency: deals.currency,
      stage: deals.stage,
      owner: owner.name,
      ownerEmail: owner.email,
      manager: manager.name,
      managerEmail: manager.email,
      connection: links.connection,
      object: links.object,
      externalId: links.externalId,
      since: sourcelessSince,
    })
    .from(deals)
    .innerJoin(links, atHome)
    .leftJoin(accounts, eq(accounts.id, deals.accountId))
    .leftJoin(partners, eq(partners.id, deals.partnerId))
    .leftJoin(owner, eq(owner.id, deals.ownerId))
    .leftJoin(manager, eq(manager.id, deals.managerId))
    .where(isOpenWithout(homes, more))
    .$dynamic()
}

export async function countWithoutSource(db: Db | Tx, homes: readonly string[]): Promise<number> {
  const [counted] = await db.select({ total: count() }).from(deals).innerJoin(links, atHome).where(isOpenWithout(homes))
  return counted?.total ?? 0
}

const atHome = and(
  eq(links.recordId, deals.id),
  eq(links.kind, 'deal'),
  eq(links.connection, sql`${deals.home}`),
  eq(links.gone, false),
)

function isOpenWithout(homes: readonly string[], more?: SQL): SQL | undefined {
  const isOpen = sql`${deals.status} is distinct from 'won' and ${deals.status} is distinct from 'lost'`
  return and(isNull(deals.source), isOpen, inArray(deals.home, [...homes]), more)
}

/** The longest without one first. */
export const longestFirst = [sql`${sourcelessSince}`, deals.id] as const

export { manager as dealManager }
