/** Look-ups whose plan is the same whatever is asked: planned once by each connection, for planning them costs more than they do. */
import { sql } from 'drizzle-orm'
import type { Tx } from './connection.ts'

/**
 * Runs the work's statements by plans that are kept with their names (`statements.ts`). A plan is made anew when PostgreSQL has gathered
 * other statistics of its tables. Until then it holds for tables that grow under it, so that it may not go through any of them whole,
 * however small they are now.
 *
 * For statements on keys alone. The settings end with the work, or with the transaction where it fails.
 */
export async function withKeptPlans<T>(tx: Tx, work: () => Promise<T>): Promise<T> {
  await tx.execute(
    sql`select set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)`,
  )
  const answer = await work()
  await tx.execute(
    sql`select set_config('plan_cache_mode', 'force_custom_plan', true), set_config('enable_seqscan', 'on', true)`,
  )
  return answer
}
