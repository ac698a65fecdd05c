/** Webhook subscriptions as state: compared with what is wished, made when they are missing, removed when nobody wants them. */
import { sql } from 'drizzle-orm'
import { ConnectorError, type Connector, type Ctx, type Subscriptions } from '../../connectors/contract.ts'
import { recordAudit } from '../db/audit.ts'
import type { Db } from '../db/connection.ts'
import { connections, streams, type SubscriptionState } from '../db/schema/index.ts'

/** A subscription that someone removes is noticed so soon, or when its silence is. */
const EVERY_S = 6 * 3_600
const RETRY_S = 600

/**
 * Looks after a live connection's subscriptions when it is time: after a start, every some hours, after a feed fell silent, and
 * soon again after a failure. Of several processes one does it.
 *
 * @param url where the vendor is to send its webhooks
 * @param startedAt when the process started, by the database's clock
 * @returns how they stand now, or null when it was not time
 */
export async function keepSubscriptions(
  db: Db,
  connection: string,
  connector: Connector,
  url: string,
  startedAt: string,
  ctx: Ctx,
): Promise<SubscriptionState | null> {
  const { subscriptions } = connector
  if (subscriptions === undefined || !(await isTime(db, connection, startedAt))) return null
  const before = await stateOf(db, connection)
  const state = await compared(subscriptions, url, before, ctx)
  await db.transaction(async (tx) => {
    await tx
      .update(connections)
      .set({ subscriptions: state, subscribedAt: sql`now()` })
      .where(sql`${connections.name} = ${connection}`)
    if (state.made.length + state.removed.length === 0) return
    const detail = { made: state.made.length, removed: state.removed.length }
    await recordAudit(tx, [{ what: 'subscriptions.reconciled', actor: 'system', connection, detail }])
  })
  return state
}

const ago = (seconds: number) => sql`now() - make_interval(secs => ${seconds})`

/** Claims the look: the instant of the last one is the claim. */
async function isTime(db: Db, connection: string, startedAt: string): Promise<boolean> {
  const { rowCount } = await db.execute(sql`
    update ${connections} c set subscribed_at = now() where c.name = ${connection} and c.mode = 'live'
      and (c.subscribed_at is null or c.subscribed_at < ${startedAt}::timestamptz or c.subscribed_at < ${ago(EVERY_S)}
        or (c.subscriptions ->> 'code' is not null and c.subscribed_at < ${ago(RETRY_S)})
        or exists (select from ${streams} s where s.connection = c.name and s.silent_since > c.subscribed_at))`)
  return rowCount === 1
}

async function stateOf(db: Db, connection: string): Promise<SubscriptionState | null> {
  const [row] = await db
    .select({ subscriptions: connections.subscriptions })
    .from(connections)
    .where(sql`${connections.name} = ${connection}`)
  return row?.subscriptions ?? null
}

async function compared(
  subscriptions: Subscriptions,
  url: string,
  before: SubscriptionState | null,
  ctx: Ctx,
): Promise<SubscriptionState> {
  try {
    const { present, missing, stray } = await subscriptions.compare(url, ctx)
    if (missing.length + stray.length === 0) return { present, missing, made: [], removed: [], code: null }
    const { made, removed } = await subscriptions.reconcile(url, ctx)
    const after = await subscriptions.compare(url, ctx)
    return { present: after.present, missing: after.missing, made, removed, code: null }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { present = [], missing = [] } = before ?? {}
    return { present, missing, made: [], removed: [], code: error.fault.code }
  }
}
