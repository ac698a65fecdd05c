/** Gathers what a stream's interval depends on; the rule is `nextInterval`. */
import { sql } from 'drizzle-orm'
import { mayLeave } from '../db/connections.ts'
import type { Db } from '../db/connection.ts'
import { budgets, writes } from '../db/schema/index.ts'
import { nextInterval, type Pace, type PaceReason } from '../domain/interval.ts'
import type { System } from '../mapping/systems.ts'
import type { Pulled } from './pull.ts'

export async function paceOf(
  db: Db,
  system: System,
  pulled: Pick<Pulled, 'fault' | 'stored' | 'calls' | 'unseen' | 'isCrowded'>,
  hints: Pace['hints'],
): Promise<{ ms: number; why: PaceReason }> {
  const streams = system.capabilities.filter(({ read }) => read === 'changes').length
  return nextInterval({
    pollMs: system.pollMs,
    day: await dayOf(db, system.name),
    // What this poll cost is a measure of the next quiet one only if it was quiet itself.
    requestsAPoll: Math.max(1, streams) * (pulled.stored === 0 ? Math.max(1, pulled.calls) : 1),
    hints,
    unseenHints: pulled.unseen,
    isCrowded: pulled.isCrowded,
    fault: pulled.fault,
  })
}

/** So many writes are several batches of any vendor: they take each turn there is. */
const CROWDED_WRITES = 500

/** Whether our writes use up what the vendor allows at once: many are due or under way, and turns are taken as fast as they come. */
export async function isCrowded(db: Db, connection: string): Promise<boolean> {
  const { rows } = await db.execute(sql`
    select from ${budgets} where connection = ${connection} and bucket = 'short'
      and tat > extract(epoch from clock_timestamp())::float8 and exists (
        select from ${writes} where connection = ${connection} and status in ('planned', 'sending') and not_before <= now() and ${mayLeave}
        offset ${CROWDED_WRITES - 1}::int)`)
  return rows.length > 0
}

async function dayOf(db: Db, connection: string): Promise<Pace['day']> {
  const { rows } = await db.execute<{ limit: number; used: number; left: number }>(sql`
    select daily_limit as limit, case when day = to_char(now() at time zone 'UTC', 'YYYY-MM-DD') then used_today else 0 end as used,
      (extract(epoch from date_trunc('day', now() at time zone 'UTC') + interval '1 day' - (now() at time zone 'UTC')) * 1000)::float8 as left
    from ${budgets} where connection = ${connection} and bucket = 'short' and daily_limit is not null`)
  const [day] = rows
  return day === undefined ? null : { limit: day.limit, used: day.used, msLeft: day.left }
}
