/** A route that does not work is left alone for a while, so that it holds up nobody else and is not hammered. */
import { eq, sql } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { noticeCircuits } from '../../db/schema/index.ts'

/** One failure may be chance. */
const OPENS_AFTER = 3
const LONGEST_S = 300
/** However long a server asks for: by then a person may have mended it. */
const LONGEST_ASKED_S = 3_600

/** Another failure of a route. Answers whether it is left alone now. */
export async function failed(
  db: Db,
  route: string,
  { code, retryAfterMs }: { code: string; retryAfterMs: number | null },
): Promise<boolean> {
  const asked = Math.min(LONGEST_ASKED_S, (retryAfterMs ?? 0) / 1_000)
  const failures = sql`${noticeCircuits.failures} + 1`
  const openFor = (count: ReturnType<typeof sql>) =>
    sql<string>`now() + make_interval(secs => greatest(${asked}::float8, case when ${count} < ${OPENS_AFTER} then 0 else least(${LONGEST_S}, 2 ^ least(${count}, 12)) end))`
  const [row] = await db
    .insert(noticeCircuits)
    .values({ route, failures: 1, openUntil: openFor(sql`1`), code })
    .onConflictDoUpdate({ target: noticeCircuits.route, set: { failures, openUntil: openFor(failures), code } })
    .returning({ isOpen: sql<boolean>`${noticeCircuits.openUntil} > now()` })
  return row?.isOpen === true
}

/** The route works: whatever was held against it is forgotten. */
export async function worked(db: Db, route: string): Promise<void> {
  await db.delete(noticeCircuits).where(eq(noticeCircuits.route, route))
}
