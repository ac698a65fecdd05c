/** Who stands in for whom. Asked of rows when it matters, so that it begins and ends at its instant without anybody's doing. */
import { and, desc, eq, isNull, sql, type SQL } from 'drizzle-orm'
import { recordAudit } from '../db/audit.ts'
import { databaseNow, type Db, type Tx } from '../db/connection.ts'
import { delegations } from '../db/schema/index.ts'
import type { Instant } from '../domain/time.ts'
import { CausewayError } from '../errors.ts'

export interface NewDelegation {
  address: string
  to: string
  /** Null: from now on. */
  from: Instant | null
  /** Null: until it is ended. */
  until: Instant | null
}

export type Delegation = typeof delegations.$inferSelect

const invalid = (message: string, field: string) => new CausewayError('CW_REQUEST_INVALID', message, { field })

/** Adds one. @throws CW_REQUEST_INVALID where it would end before it begins, or gives somebody to themselves */
export async function delegate(
  db: Db,
  { address, to, from, until }: NewDelegation,
  actor: string,
): Promise<Delegation> {
  if (address.toLowerCase() === to.toLowerCase()) throw invalid('Nobody stands in for themselves', 'to')
  return db.transaction(async (tx) => {
    if (until !== null && until <= (from ?? (await databaseNow(tx))))
      throw invalid(`It would end at ${until}, before it begins`, 'until')
    const [made] = await tx
      .insert(delegations)
      .values({ address, toAddress: to, fromAt: from ?? sql`now()`, untilAt: until, createdBy: actor })
      .returning()
    if (made === undefined) throw new Error('the delegation was not stored')
    await recordAudit(tx, [{ what: 'delegation.made', actor, detail: { delegationId: made.id } }])
    return made
  })
}

/** All that did not end, the newest first; also what is yet to begin. */
export async function listDelegations(db: Db): Promise<Delegation[]> {
  return db
    .select()
    .from(delegations)
    .where(and(isNull(delegations.endedAt), sql`coalesce(${delegations.untilAt}, 'infinity') > now()`))
    .orderBy(desc(delegations.id))
}

/** Ends one at once. Repeating it changes nothing. @throws CW_NOT_FOUND */
export async function endDelegation(db: Db, id: string, actor: string): Promise<void> {
  await db.transaction(async (tx) => {
    const ended = await tx
      .update(delegations)
      .set({ endedAt: sql`now()` })
      .where(and(eq(delegations.id, id), isNull(delegations.endedAt)))
      .returning({ id: delegations.id })
    if (ended.length > 0) return recordAudit(tx, [{ what: 'delegation.ended', actor, detail: { delegationId: id } }])
    const known = await tx.select({ id: delegations.id }).from(delegations).where(eq(delegations.id, id))
    if (known.length === 0) throw new CausewayError('CW_NOT_FOUND', `There is no delegation ${id}`, { id })
  })
}

/** How far a stand-in's own stand-in is followed: further it is a mistake, and a circle ends where it began. */
const LONGEST_CHAIN = 5

/**
 * Everybody who stands in for these people now, directly or for one who stands in, and they themselves: addresses in lower case, as SQL. A
 * column of the row instead of people makes it a lateral table.
 */
export function standInsOf(people: readonly (string | null)[] | SQL) {
  const begin = Array.isArray(people)
    ? sql`select value, 0 from jsonb_array_elements_text(${JSON.stringify(people.flatMap((one: string | null) => one?.toLowerCase() ?? []))}::jsonb)`
    : sql`select lower(${people}), 0`
  return sql`(
    with recursive chain(address, depth) as (
      ${begin}
      union
      select lower(d.to_address), c.depth + 1 from ${delegations} d join chain c on lower(d.address) = c.address
      where c.depth < ${LONGEST_CHAIN} and d.ended_at is null and d.from_at <= now() and coalesce(d.until_at, 'infinity') > now()
    )
    select address, depth from chain)`
}

/** Who is asked in the place of this person now: who stands in last in the chain, else they themselves. */
export async function standInFor(tx: Tx, address: string): Promise<string> {
  const { rows } = await tx.execute<{ address: string }>(
    sql`select address from ${standInsOf([address])} as s order by depth desc, address limit 1`,
  )
  const found = rows[0]?.address
  return found === undefined || found === address.toLowerCase() ? address : found
}
