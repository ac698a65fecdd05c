/** Parents of accounts: a change that would close them into a circle is told to a person, and everything else goes on. */
import { sql } from 'drizzle-orm'
import { anyOf } from '../db/any-of.ts'
import { Collision } from '../db/attempts.ts'
import type { Tx } from '../db/connection.ts'
import { accounts } from '../db/schema/index.ts'
import type { ObjectMapping } from '../mapping/definition.ts'
import { mappingOf, type System } from '../mapping/systems.ts'
import { vendorValue, type Lookups } from '../mapping/translate.ts'
import type { Change, Page } from './page.ts'

/** The parent of each account that stands above the accounts of a page. */
export type Parents = ReadonlyMap<string, string | null>

/**
 * Reads what stands above the parents that a page names. Pages that name parents come one after another, so that two of them cannot
 * close a circle together.
 */
export async function openParents(
  tx: Tx,
  system: System,
  object: string,
  batch: Change[],
  lookups: Lookups,
): Promise<Parents> {
  const named = namedParents(system, object, batch, lookups)
  if (named.size === 0) return new Map()
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('parents of accounts', 0))`)
  // Held until the end, so that none of them is made one with another meanwhile.
  const held = await tx
    .select({ id: accounts.id })
    .from(accounts)
    .where(anyOf(accounts.id, [...named]))
    .orderBy(accounts.id)
    .for('key share')
  if (held.length < named.size) throw new Collision('a parent became one with another account', '23503')
  return parentsAbove(tx, named)
}

/** The accounts that a batch names as parents. */
export function namedParents(system: System, object: string, batch: Change[], lookups: Lookups): Set<string> {
  const field = mappingOf(system, object, 'account')?.fields.find((candidate) => candidate.field === 'parentId')
  if (field === undefined || field.conversion.as !== 'lookup') return new Set()
  const { object: of } = field.conversion
  return new Set(
    batch.flatMap(({ body }) => {
      const value = body.deleted ? null : (vendorValue(field, body.fields, lookups) ?? null)
      return value === null || value === '' ? [] : (lookups.toOurs(of, String(value)) ?? [])
    }),
  )
}

/** What stands above these accounts, as it is now. */
export async function parentsAbove(tx: Tx, named: ReadonlySet<string>): Promise<Parents> {
  if (named.size === 0) return new Map()
  const { rows } = await tx.execute<{ id: string; parent: string | null }>(sql`
    with recursive above as (
      select id, parent_id from ${accounts} where id in ${[...named]}
      union select a.id, a.parent_id from ${accounts} a join above on a.id = above.parent_id)
    select id::text, parent_id::text as parent from above`)
  return new Map(rows.map(({ id, parent }) => [id, parent]))
}

/** The accounts of the circle that this parent would close, from the account upwards; null when there is none. */
export function circleThrough(page: Page, recordId: string, parentId: string | null): string[] | null {
  const circle = [recordId]
  for (
    let at = parentId;
    at !== null && circle.length <= page.parents.size + page.records.size;
    at = parentOf(page, at)
  ) {
    if (at === recordId) return circle
    circle.push(at)
  }
  return null
}

/** As the page leaves it so far. */
function parentOf(page: Page, id: string): string | null {
  const record = page.records.get(id)
  return record === undefined ? (page.parents.get(id) ?? null) : (record.values['parentId'] ?? null)
}

/** What a person is told: the accounts by their ids, the one that the change is about first. */
export function circleDetail(mapping: ObjectMapping, circle: string[]): Record<string, unknown> {
  const path = mapping.fields.find((field) => field.field === 'parentId')?.path ?? ''
  const expected = 'a parent that does not itself belong to this account'
  const trouble = { field: 'parentId', path, code: 'CW_PARENT_CYCLE', expected, found: circle[1] ?? circle[0] ?? null }
  return { fields: [trouble], accountIds: circle }
}
