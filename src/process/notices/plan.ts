/** From "these people are told of this event" to rows: by which channels, and when. */
import { databaseNow, type Tx } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { notices } from '../../db/schema/index.ts'
import { nextDigest } from '../../domain/digest.ts'
import { digestChannels, routeOf, topicOf, type ChannelName, type Preference } from '../../domain/notice.ts'
import type { Instant } from '../../domain/time.ts'
import type { Policy } from '../../domain/policy/policy.ts'
import type { Programme } from '../programme.ts'
import type { TemplateName } from './catalogue.ts'
import { needOf } from './need.ts'
import type { Person } from './people.ts'
import { choiceFor, noPreference, preferencesOf } from './preferences.ts'
import { plainSettings, type NoticeSettings } from './settings.ts'

type Row = typeof notices.$inferInsert

export interface Planned {
  eventId: string
  subjectId: string
  template: TemplateName
  people: readonly Person[]
  /** The portal's connection, where what a partner is told can stand beside the record. */
  portal: string | null
}

/** Plans every notice once: the same event tells the same person by the same channel never twice. */
export async function planNotices(
  tx: Tx,
  { policy, notices: settings = plainSettings }: Pick<Programme, 'policy' | 'notices'>,
  planned: Planned,
): Promise<void> {
  const { people, template } = planned
  if (people.length === 0) return
  const chosen = await preferencesOf(
    tx,
    people.map(({ address }) => address),
  )
  const now = await databaseNow(tx)
  const rows = [
    ...people.flatMap((person) =>
      rowsFor(person, planned, policy, settings, chosen.get(person.address.toLowerCase()) ?? noPreference, now),
    ),
    ...placesFor(planned, settings),
  ]
  await tx.insert(notices).values(rows).onConflictDoNothing()
  await nudge(tx, [workflowId.mailer()])

  function placesFor({ eventId, subjectId }: Planned, { places }: NoticeSettings): Row[] {
    return places.flatMap(({ channel, name, audiences, topics }) => {
      if (topics.length > 0 && !topics.includes(topicOf(template))) return []
      const audience = audiences.find((one) => people.some((person) => person.audience === one))
      if (audience === undefined) return []
      return [{ eventId, subjectId, template, audience, channel, recipient: name, route: routeOf(channel, name) }]
    })
  }
}

function rowsFor(
  { address, audience }: Person,
  { eventId, subjectId, template, portal }: Planned,
  policy: Policy,
  settings: NoticeSettings,
  preference: Preference,
  now: Instant,
): Row[] {
  const choice = choiceFor(preference, topicOf(template))
  const needs = needOf(template, policy)
  const wished: readonly ChannelName[] = choice.channels ?? settings.people[audience]
  const open = wished.filter(
    (channel) => settings.available.has(channel) && (channel !== 'portal-comment' || portal !== null),
  )
  const common = { eventId, subjectId, template, audience }
  // Who wishes for nothing is told nothing, and the record says so; but not of what nobody can switch off.
  if (open.length === 0 && needs.isDispensable)
    return [{ ...common, channel: 'email', recipient: address, status: 'skipped', code: 'switched-off' }]
  const told: readonly ChannelName[] = open.length === 0 ? ['email'] : open
  return told.map((channel) => {
    const recipient = channel === 'portal-comment' ? (portal ?? '') : address
    const row = { ...common, channel, recipient, route: routeOf(channel, recipient) }
    const rhythm = choice.rhythm ?? 'immediate'
    if (!needs.mayWait || rhythm === 'immediate' || !collects(channel)) return row
    const timeZone = preference.timeZone ?? settings.timeZone
    return { ...row, rhythm, notBefore: nextDigest(now, { ...preference, rhythm, timeZone }) }
  })
}

function collects(channel: ChannelName): boolean {
  return digestChannels.some((known) => known === channel)
}
