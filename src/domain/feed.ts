/**
 * Whether webhooks or a change stream still tell what happens.
 *
 * A feed falls silent without a word: a subscription is removed, a change stream's entitlement ends. It shows in changes that
 * polling finds and that no hint tells of within a grace, several in a row. One hint, of whatever record, proves that it lives.
 */
import { msBetween, type Instant } from './time.ts'

export interface Feed {
  /** Changes found by polling that no hint has told of so far: vendor id → when they were found. */
  untold: Readonly<Record<string, Instant>>
  /** Changes in a row that no hint told of within the grace. */
  unhinted: number
  silentSince: Instant | null
}

export interface FeedNews {
  /** Vendor ids that hints pointed at since the last look. */
  hinted: readonly string[]
  /** Vendor ids of changes that polling found and that were no echo of what we wrote. */
  found: readonly string[]
  now: Instant
}

/** A hint may be this much slower than the poll that found the change. Vendors collect webhooks for some seconds. */
const GRACE_MS = 60_000
/** So many changes without a hint, with none between that had one, are no accident. */
const SILENT_AFTER = 3
/** More need not be remembered to know that nothing is told. */
const REMEMBERED = 50

/** Pure. What the feed is to be taken for after a look. */
export function judgeFeed(feed: Feed, { hinted, found, now }: FeedNews): Feed {
  const told = new Set(hinted)
  const waiting = Object.entries(feed.untold).filter(([id]) => !told.has(id))
  const overdue = waiting.filter(([, at]) => msBetween(at, now) >= GRACE_MS)
  const young = waiting.filter(([, at]) => msBetween(at, now) < GRACE_MS)
  const fresh = found.filter((id) => !told.has(id) && !young.some(([known]) => known === id))
  const untold = Object.fromEntries([...young, ...fresh.map((id) => [id, now] as const)].slice(0, REMEMBERED))
  if (hinted.length > 0) return { untold, unhinted: 0, silentSince: null }
  const unhinted = feed.unhinted + overdue.length
  return { untold, unhinted, silentSince: unhinted >= SILENT_AFTER ? (feed.silentSince ?? now) : null }
}
