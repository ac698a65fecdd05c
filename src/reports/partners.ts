/** Partners with how many of their registrations are open. */
import { and, desc, eq, ilike, inArray, sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import { partners, registrations } from '../db/schema/index.ts'
import { openStates } from '../domain/registration-states.ts'
import { beginsWith, contains, olderThan, type Window } from './windows.ts'

export interface PartnerFilter extends Window {
  /** Part of the name. */
  name?: string | undefined
}

function select(db: Db) {
  return db
    .select({
      id: partners.id,
      name: partners.name,
      email: partners.email,
      domain: partners.domain,
      tier: partners.tier,
      group: partners.group,
      partnerType: partners.partnerType,
      region: partners.region,
      state: partners.state,
      managerName: partners.managerName,
      managerEmail: partners.managerEmail,
      custom: partners.custom,
      createdAt: partners.createdAt,
      openRegistrations: sql<number>`(${db
        .select({ n: sql`count(*)::int` })
        .from(registrations)
        .where(and(eq(registrations.partnerId, partners.id), inArray(registrations.state, [...openStates])))})`,
    })
    .from(partners)
}

/** The newest first; one row more than `limit`. */
export async function listPartners(db: Db, { name, after, id, limit }: PartnerFilter) {
  return select(db)
    .where(
      and(
        name === undefined ? undefined : ilike(partners.name, contains(name)),
        id === undefined ? undefined : beginsWith(partners.id, id),
        after === null ? undefined : olderThan(partners.createdAt, partners.id, after),
      ),
    )
    .orderBy(desc(partners.createdAt), desc(partners.id))
    .limit(limit + 1)
}

export async function readPartner(db: Db, id: string) {
  const [row] = await select(db).where(eq(partners.id, id))
  return row
}
