/** Deals as staff see them: where each lives, and what every system holds of it. */
import { aliasedTable, and, asc, desc, eq, inArray, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { accounts, deals, events, links, parties, partners, users, writes } from '../db/schema/index.ts'
import { clashesOf } from './clashes.ts'
import { beginsWith, olderThan, type Window } from './windows.ts'

export interface DealFilter extends Window {
  home?: string | undefined
  partnerId?: string | undefined
}

const owner = aliasedTable(users, 'owner')
const manager = aliasedTable(users, 'manager')

const summary = {
  id: deals.id,
  name: deals.name,
  home: deals.home,
  source: deals.source,
  stage: deals.stage,
  status: deals.status,
  amount: deals.amount,
  currency: deals.currency,
  closeDate: deals.closeDate,
  account: accounts.name,
  partner: partners.name,
  owner: owner.name,
  manager: manager.name,
  registrationId: deals.registrationId,
  createdAt: deals.createdAt,
}

/** The newest first; one row more than `limit`. A mirror is no row of its own. */
export async function listDeals(db: Db, { home, partnerId, after, id, limit }: DealFilter) {
  return read(db)
    .where(
      and(
        home === undefined ? undefined : eq(deals.home, home),
        partnerId === undefined ? undefined : eq(deals.partnerId, partnerId),
        id === undefined ? undefined : beginsWith(deals.id, id),
        after === null ? undefined : olderThan(deals.createdAt, deals.id, after),
      ),
    )
    .orderBy(desc(deals.createdAt), desc(deals.id))
    .limit(limit + 1)
}

/** One deal with its records in every system; undefined when there is none. */
export async function readDeal(db: Db, id: string) {
  const [row] = await read(db).where(eq(deals.id, id))
  if (row === undefined) return undefined
  const parts = await partsOf(db, id)
  const [systems, timeline, clashes, [own]] = await Promise.all([
    db
      .select({
        connection: links.connection,
        object: links.object,
        kind: links.kind,
        externalId: links.externalId,
        gone: links.gone,
        write: writes.status,
        code: writes.code,
      })
      .from(links)
      .leftJoin(writes, eq(writes.linkId, links.id))
      .where(inArray(links.recordId, [id, ...parts.map((part) => part.id)]))
      .orderBy(asc(links.connection), asc(links.object), asc(links.id)),
    db
      .select({ at: events.at, what: events.what, actor: events.actor, detail: events.detail })
      .from(events)
      .where(eq(events.subjectId, id))
      .orderBy(asc(events.at), asc(events.id)),
    clashesOf(db, [id]),
    db.select({ custom: deals.custom }).from(deals).where(eq(deals.id, id)),
  ])
  const held = systems.map((system) => ({
    ...system,
    mirror: system.kind === 'deal' && system.connection !== row.home,
  }))
  return { ...row, custom: own?.custom ?? {}, parts, systems: held, timeline, clashes }
}

/** Who has which part in the deal, and which share of its credit. */
function partsOf(db: Db, dealId: string) {
  return db
    .select({
      id: parties.id,
      role: parties.role,
      share: parties.share,
      partner: partners.name,
      account: accounts.name,
      of: whose,
    })
    .from(parties)
    .leftJoin(partners, eq(partners.id, parties.partnerId))
    .leftJoin(accounts, eq(accounts.id, parties.accountId))
    .where(eq(parties.dealId, dealId))
    .orderBy(asc(parties.createdAt), asc(parties.id))
}

/** With neither partner nor account it is our own sales'. */
const whose = sql<'partner' | 'account' | 'own-sales'>`case when ${parties.partnerId} is not null then 'partner'
  when ${parties.accountId} is not null then 'account' else 'own-sales' end`

function read(db: Db) {
  return db
    .select(summary)
    .from(deals)
    .leftJoin(accounts, eq(accounts.id, deals.accountId))
    .leftJoin(partners, eq(partners.id, deals.partnerId))
    .leftJoin(owner, eq(owner.id, deals.ownerId))
    .leftJoin(manager, eq(manager.id, deals.managerId))
    .$dynamic()
}
