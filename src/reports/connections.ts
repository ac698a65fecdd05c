/** How each connection does: how far it is read, since when it fails and why, what it may still ask, and what waits. */
import { sql } from 'drizzle-orm'
import type { Db } from '../db/connection.ts'
import type { ConnectionMode, SubscriptionState } from '../db/schema/index.ts'
import type { ErrorCode } from '../errors.ts'
import { streamStates, type StreamState } from './streams.ts'
import { iso } from './windows.ts'

export interface BudgetState {
  usedToday: number
  dailyLimit: number | null
  /** The vendor asked for silence until then; null when it did not or the time has passed. */
  pausedUntil: string | null
}

/** What tells us of changes besides polling. */
export interface FeedState {
  /** Webhook subscriptions as they were last compared; null: never, for the vendor keeps none by API or cannot reach us. */
  subscriptions: SubscriptionState | null
  subscribedAt: string | null
  /** Whether a process listens to the vendor's change stream. */
  isListening: boolean
  /** Why none does, and when it is tried again. */
  listenCode: ErrorCode | null
  listenRetryAt: string | null
}

export interface ConnectionHealth {
  name: string
  mode: ConnectionMode
  /** Since when it is observed or live; null: it was never started. */
  since: string | null
  /** Paused since, because the vendor takes the credentials no more; null: it is not. */
  reauthSince: string | null
  reauthCode: ErrorCode | null
  streams: StreamState[]
  feeds: FeedState
  budget: BudgetState | null
  /** Writes that are on their way. */
  unsent: number
  /** Writes that wait for the go-live of an observed connection. */
  held: number
  unclear: number
  parkedWrites: number
  parkedChanges: number
  pendingChanges: number
  unreadHints: number
}

/** @param names the connections of the configuration; others that have rows left are not asked about */
export async function connectionsHealth(db: Db, names: string[]): Promise<ConnectionHealth[]> {
  if (names.length === 0) return []
  const { rows } = await db.execute<Omit<ConnectionHealth, 'streams' | 'feeds'> & { feeds: FeedState | null }>(sql`
    select n.name, coalesce(k.mode, 'observe') as mode, ${iso('k.since')} as since,
      ${iso('k.reauth_since')} as "reauthSince", k.reauth_code as "reauthCode",
      (select jsonb_build_object(
          'usedToday', case when b.day = to_char(now() at time zone 'UTC', 'YYYY-MM-DD') then b.used_today else 0 end,
          'dailyLimit', b.daily_limit, 'pausedUntil', case when b.paused_until > now() then ${iso('b.paused_until')} end)
        from budgets b where b.connection = n.name and b.bucket = 'short') as "budget",
      case when k.name is not null then jsonb_build_object('subscriptions', k.subscriptions, 'subscribedAt', ${iso('k.subscribed_at')},
          'isListening', coalesce(k.listen_until > now(), false), 'listenCode', k.listen_code, 'listenRetryAt', ${iso('k.listen_retry_at')}) end as "feeds",
      w.unsent as "unsent", w.held as "held", w.unclear as "unclear", w.parked as "parkedWrites",
      (select count(*)::int from changes c where c.connection = n.name and c.status = 'parked') as "parkedChanges",
      (select count(*)::int from changes c where c.connection = n.name and c.status = 'pending') as "pendingChanges",
      (select count(*)::int from hints h where h.connection = n.name and h.read_at is null) as "unreadHints"
    from jsonb_array_elements_text(${JSON.stringify(names)}::jsonb) with ordinality as n(name, place)
    left join connections k on k.name = n.name
    left join lateral (select
        count(*) filter (where status = 'sending' or status = 'planned' and (k.mode = 'live' or restore is not null))::int as unsent,
        count(*) filter (where status = 'planned' and restore is null and coalesce(k.mode, 'observe') = 'observe')::int as held,
        count(*) filter (where status = 'unclear')::int as unclear, count(*) filter (where status = 'parked')::int as parked
      from writes where connection = n.name and status <> 'done') w on true
    order by n.place`)
  const streams = Map.groupBy(await streamStates(db, names), ({ connection }) => connection)
  return rows.map((row) => ({ ...row, streams: streams.get(row.name) ?? [], feeds: row.feeds ?? noFeeds }))
}

const noFeeds: FeedState = {
  subscriptions: null,
  subscribedAt: null,
  isListening: false,
  listenCode: null,
  listenRetryAt: null,
}
