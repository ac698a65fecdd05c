/**
 * A connection's request allowance, shared by all processes: the generic cell-rate algorithm in one SQL statement on database time.
 *
 * `tat` is the theoretical arrival time in seconds since 1970: when the next request's turn is. A grant moves it on by one
 * interval. Steady rate and burst together stay within what the vendor allows in any window: 97 % of it flows steadily, 3 % may
 * come at once, and part of that is kept for people. The day's count stops all but people's requests at 80 % of the daily
 * allowance, for other programs share it.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { and, eq, isNull, sql } from 'drizzle-orm'
import type { Budget } from '../../connectors/budget.ts'
import type { Ctx, Usage, VendorLimits } from '../../connectors/contract.ts'
import type { Db, Tx } from '../db/connection.ts'
import { nudge, workflowId } from '../db/outbox.ts'
import { streams, writes } from '../db/schema/index.ts'
import { burstS, DAILY_SHARE, turnS } from '../domain/allowance.ts'

/**
 * How far ahead of its turn a request is granted, in seconds. Who would have to wait longer asks again then: so a person's request,
 * granted long before, stands behind a quarter of a second of others and not behind all that wait, and who gives up leaves no gap.
 */
const AHEAD_S = { user: 2, sync: 0.25, backfill: 0.15 } as const
/** Nobody's request lives longer than this; who would have to wait longer is told so and granted nothing. */
const LONGEST_WAIT_MS = 60_000

interface Turn extends Record<string, unknown> {
  granted: boolean
  /** Seconds until the request's turn. */
  wait: number
  /** Until when nothing but people's requests is granted, or null. */
  refused: string | null
}

export function databaseBudget(db: Db, connection: string, limits: VendorLimits): Budget {
  const window = limits.window ?? { requests: 1_000, windowMs: 1_000 }
  const interval = turnS(window)
  const bucket = 'short'
  const here = sql`connection = ${connection} and bucket = ${bucket}`
  const epoch = sql`extract(epoch from clock_timestamp())::float8`
  const soon = sql`set_config('synchronous_commit', 'off', true) as soon`
  const today = sql`to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD')`

  async function ask(priority: Ctx['priority']): Promise<Turn | undefined> {
    const burst = burstS(window, priority)
    const ahead = AHEAD_S[priority]
    // The row is locked first and the clock read after, so that a wait for the lock costs no turn. Nobody waits for the disk: what
    // a crash of the server takes from the count is less than a second's turns.
    const { rows } = await db.execute<Turn>(sql`
      with held as materialized (select *, ${soon} from budgets where ${here} for update),
      judged as materialized (
        select greatest(tat - ${burst}::float8 + ${interval}::float8 - ${epoch}, extract(epoch from paused_until - clock_timestamp()), 0)::float8 as wait,
          case when day = ${today} then used_today else 0 end as used,
          ${priority === 'user'} or daily_limit is null or (case when day = ${today} then used_today else 0 end) < daily_limit * ${DAILY_SHARE}::float8 as allowed
        from held),
      granted as (
        update budgets b set tat = greatest(b.tat, ${epoch}) + ${interval}::float8, used_today = judged.used + 1, day = ${today}
        from judged where ${here} and judged.allowed and judged.wait <= ${ahead}::float8 returning 1)
      select exists (select from granted) as granted, wait, case when allowed then null else
        to_char(date_trunc('day', clock_timestamp() at time zone 'UTC') + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') end as refused
      from judged`)
    return rows[0]
  }

  /**
   * The vendor's count holds, for others use the allowance too and some count over the last 24 hours and not by day. It may be a
   * little behind ours, because answers overtake each other: only clearly less is believed.
   *
   * @returns whether there is room again where there was none
   */
  async function learnDay(dailyUsed: number | null, dailyLimit: number | null): Promise<boolean> {
    const { rows } = await db.execute<{ was_open: boolean; is_open: boolean }>(sql`
      with held as materialized (select ${soon}, case when day = ${today} then used_today else 0 end as used, daily_limit,
          coalesce(${dailyLimit}::int, daily_limit) as told from budgets where ${here} for update),
      next as (select *, case when ${dailyUsed}::int is null or (${dailyUsed}::int <= used and ${dailyUsed}::int > used - greatest(20, told / 100))
          then used else ${dailyUsed}::int end as now from held)
      update budgets b set daily_limit = next.told, day = ${today}, used_today = next.now from next
      where ${here} and (b.daily_limit is distinct from next.told or b.day is distinct from ${today} or b.used_today is distinct from next.now)
      returning coalesce(next.used < next.daily_limit * ${DAILY_SHARE}::float8, true) as was_open,
        coalesce(next.now < next.told * ${DAILY_SHARE}::float8, true) as is_open`)
    const [learned] = rows
    return learned !== undefined && !learned.was_open && learned.is_open
  }

  return {
    async take(priority, signal) {
      const endMs = performance.now() + LONGEST_WAIT_MS
      for (;;) {
        if (signal?.aborted === true) return { waitMs: LONGEST_WAIT_MS }
        const turn = await ask(priority)
        if (turn === undefined) {
          await db.execute(sql`
            insert into budgets (connection, bucket, daily_limit) values (${connection}, ${bucket}, ${limits.daily}::int) on conflict do nothing`)
          continue
        }
        const waitMs = Math.ceil(turn.wait * 1_000)
        if (turn.granted) return { waitMs }
        if (turn.refused !== null) return { refusedUntil: new Date(turn.refused).toISOString() }
        if (performance.now() + waitMs > endMs) return { waitMs: Math.max(waitMs, LONGEST_WAIT_MS) }
        // Just before the turn can be granted, and not all at the same moment.
        await pause(Math.max(1, waitMs - AHEAD_S[priority] * 1_000 * (0.2 + 0.8 * Math.random())))
      }
    },

    /** Turns are counted from the pause's end, so that those who wait for it do not leave all at once. */
    async pause(ms) {
      const until = sql`clock_timestamp() + make_interval(secs => ${ms / 1_000}::float8)`
      await db.execute(sql`
        insert into budgets as b (connection, bucket, daily_limit, paused_until, tat)
        values (${connection}, ${bucket}, ${limits.daily}::int, ${until}, extract(epoch from ${until}))
        on conflict (connection, bucket) do update set
          paused_until = greatest(b.paused_until, excluded.paused_until), tat = greatest(b.tat, excluded.tat)`)
    },

    async learn({ dailyUsed, dailyLimit, windowRemaining }: Usage) {
      if ((dailyUsed !== null || dailyLimit !== null) && (await learnDay(dailyUsed, dailyLimit)))
        await db.transaction((tx) => goOn(tx, connection))
      // Others have used the window up: a tenth of it later there is room for a tenth again.
      if (windowRemaining !== null && windowRemaining <= 0)
        await db.execute(sql`
          update budgets set tat = greatest(tat, ${epoch} + ${window.windowMs / 10_000}::float8 + ${burstS(window, 'user')}::float8) where ${here}`)
    },
  }
}

/** What waited for the day's end need not wait any longer. */
async function goOn(tx: Tx, connection: string): Promise<void> {
  await tx
    .update(writes)
    .set({ notBefore: sql`now()` })
    .where(and(eq(writes.connection, connection), eq(writes.status, 'planned'), eq(writes.code, 'CW_VENDOR_QUOTA')))
  const resting = await tx
    .select({ object: streams.object })
    .from(streams)
    .where(and(eq(streams.connection, connection), isNull(streams.pausedAt)))
  await nudge(tx, [
    workflowId.sender(connection),
    ...resting.map(({ object }) => workflowId.stream(connection, object)),
  ])
}
