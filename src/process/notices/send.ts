/** Sends the planned notices: at least once each, under an id that is always the same. No route waits for another. */
import { and, eq, or, sql } from 'drizzle-orm'
import type { PgUpdateSetSource } from 'drizzle-orm/pg-core'
import type { Channel, Delivery, Message, Sent } from '../../../connectors/channels/contract.ts'
import type { Db, Tx } from '../../db/connection.ts'
import { notices } from '../../db/schema/index.ts'
import { isAddress, routeOf, topicOf, type ChannelName } from '../../domain/notice.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import { failed, worked } from './circuit.ts'
import { claimBundle, claimSingles, dueRoutes } from './claim.ts'
import { withDoors, type MessageDoors } from './doors.ts'
import { bundled, messageOf, type Notice, type Told } from './gather.ts'
import { needOf } from './need.ts'
import { choiceFor, noPreference, preferencesOf } from './preferences.ts'
import { withPreferenceLink } from './preference-link.ts'
import { withPartnerLink } from './partner-link.ts'
import type { NoticeSettings } from './settings.ts'

/** The channels that are set up. */
export type Channels = Partial<Record<ChannelName, Channel>>

const BATCH = 20
const GIVE_UP_AFTER = 20
/** What is still unsent of a batch by then is given back: its lease must not end while it waits for its turn. */
const BATCH_MS = 20_000

export interface Sender {
  db: Db
  channels: Channels
  settings?: NoticeSettings | undefined
  /** What a person may choose; absent: what a policy that says nothing of it lets them. */
  policy?: Pick<Policy, 'notices'> | undefined
  /** By which a reader decides from the message itself. Absent: none. */
  doors?: MessageDoors | undefined
  /** Called after each message, for a slow server may take a while over a batch. */
  onSent?: () => void
}

/** Sends what is due, every route beside the others. Answers how many were looked at: none means the sender may sleep. */
export async function sendDue(sender: Sender): Promise<number> {
  const routes = await dueRoutes(sender.db)
  const done = await Promise.allSettled(
    routes.map(({ route, isProbing }) => drain(sender, route, isProbing ? 1 : BATCH)),
  )
  // Every route was given its turn before one that broke is told of.
  const broken = done.find((one) => one.status === 'rejected')
  if (broken !== undefined) throw broken.reason
  return done.reduce((count, one) => count + (one.status === 'fulfilled' ? one.value : 0), 0)
}

async function drain(sender: Sender, route: string, limit: number): Promise<number> {
  const startedMs = performance.now()
  const singles = await claimSingles(sender.db, route, limit)
  let isOpen = false
  for (const [i, notice] of singles.entries()) {
    if (isOpen || performance.now() - startedMs > BATCH_MS) {
      await giveBack(sender.db, singles.slice(i))
      return i
    }
    isOpen = await deliver(sender, [notice])
  }
  if (singles.length === limit || isOpen) return singles.length
  const bundle = await claimBundle(sender.db, route)
  if (bundle === null) return singles.length
  await deliver(sender, bundle)
  return singles.length + bundle.length
}

/** Sends one message, which tells of one notice or of those of a digest. Answers whether its route is left alone now. */
async function deliver(
  { db, channels, settings, policy = { notices: { digest: [] } }, doors, onSent }: Sender,
  claimed: Notice[],
): Promise<boolean> {
  const told: Told[] = []
  const held: Notice[] = []
  for (const notice of claimed) {
    const one = await messageOf(db, settings, notice)
    if (one === 'moot') await settle(db, [notice], { status: 'skipped' })
    // A notice that another release planned must not hold up the others.
    else if (one === 'unknown') await settle(db, [notice], { status: 'parked', code: 'template-unknown' })
    else {
      const decidable = doors === undefined ? one : await withDoors(db, settings, doors, notice, one)
      told.push(await withPartnerLink(db, settings, notice, decidable))
      held.push(notice)
    }
  }
  const plain = deliveryOf(held, told, settings)
  const [first] = held
  if (first === undefined || plain === null) return false
  const delivery = doors === undefined ? plain : await withPreferenceLink(db, { settings, doors, policy }, held, plain)
  const channel = channels[first.channel]
  const outcome = channel === undefined ? notSetUp(first.channel) : await channel.send(delivery)
  const isOpen = await conclude(db, policy, held, outcome, first.route)
  onSent?.()
  return isOpen
}

function deliveryOf(held: readonly Notice[], told: readonly Told[], settings?: NoticeSettings): Delivery | null {
  const [notice] = held
  const [one] = told
  if (notice === undefined || one === undefined) return null
  const { rhythm, bundle, recipient: to } = notice
  if (rhythm === null || bundle === null) return { id: notice.id, to, ...one }
  const message: Message | null = bundled(told, rhythm, settings)
  return message === null ? null : { id: bundle, to, message, about: { ...one.about, template: 'digest', facts: {} } }
}

/** It is tried as what a server refuses for the moment, and parked in the end: it goes out when a person retries it, with the channel set up. */
function notSetUp(channel: ChannelName): Sent {
  return { sent: false, permanent: false, code: `no-${channel}-configured`, scope: 'message', retryAfterMs: null }
}

async function conclude(
  db: Db,
  policy: Pick<Policy, 'notices'>,
  held: readonly Notice[],
  outcome: Sent,
  route: string,
): Promise<boolean> {
  if (outcome.sent) {
    await settle(db, held, { status: 'sent', sentAt: sql`now()`, code: null, reference: outcome.reference })
    await worked(db, route)
    return false
  }
  const { permanent, code, retryAfterMs } = outcome
  const [over, again] = [held.filter(isOver), held.filter((notice) => !isOver(notice))]
  // Together: one that is parked is looked at by nobody, and would have been told by no mail.
  await db.transaction(async (tx) => {
    await settle(tx, over, { status: 'parked', code })
    if (permanent) await tellByMail(tx, policy, over)
  })
  await settle(db, again, {
    status: 'planned',
    code,
    notBefore: sql`now() + make_interval(secs => greatest(${(retryAfterMs ?? 0) / 1_000}::float8, least(600, 2 ^ least(${notices.attempt}, 10))))`,
  })
  return outcome.scope === 'route' ? failed(db, route, outcome) : false

  function isOver({ attempt }: Notice): boolean {
    return permanent || attempt >= GIVE_UP_AFTER
  }
}

/**
 * Whom their own channel cannot reach (no such user there) is told by mail, unless they are anyhow or wish for no mails of it. What was
 * refused stays parked, so that a person sees why.
 */
async function tellByMail(db: Tx, policy: Pick<Policy, 'notices'>, refused: readonly Notice[]): Promise<void> {
  const others = refused.filter(({ channel, recipient }) => channel !== 'email' && isAddress(recipient))
  const chosen = await preferencesOf(
    db,
    others.map(({ recipient }) => recipient),
  )
  const rows = others
    .filter(({ recipient, template }) => {
      const preference = chosen.get(recipient.toLowerCase()) ?? noPreference
      const { channels } = choiceFor(preference, topicOf(template))
      return channels === undefined || channels.includes('email') || !needOf(template, policy).isDispensable
    })
    .map(({ eventId, subjectId, template, audience, recipient, rhythm }) => ({
      eventId,
      subjectId,
      template,
      audience,
      recipient,
      rhythm,
      channel: 'email' as const,
      route: routeOf('email', recipient),
    }))
  if (rows.length > 0) await db.insert(notices).values(rows).onConflictDoNothing()
}

async function settle(db: Db | Tx, held: readonly Notice[], values: PgUpdateSetSource<typeof notices>): Promise<void> {
  if (held.length === 0) return
  await db
    .update(notices)
    .set({ leaseUntil: null, ...values })
    .where(stillHeld(held))
}

async function giveBack(db: Db, held: readonly Notice[]): Promise<void> {
  await settle(db, held, { status: 'planned', attempt: sql`${notices.attempt} - 1`, notBefore: sql`now()` })
}

/** Whoever took it over after the lease has another attempt. */
function stillHeld(held: readonly Notice[]) {
  return or(...held.map(({ id, attempt }) => and(eq(notices.id, id), eq(notices.attempt, attempt))))
}
