/**
 * A registration's timeline as its partner sees it. Takes a transaction of `asPartner`: the database refuses other partners' rows, and
 * conflicts, tasks, writes, readings and the names of staff do not occur.
 */
import { and, eq, inArray } from 'drizzle-orm'
import type { Tx } from '../../db/connection.ts'
import { attachments, events, notices, partners, proposedChanges, registrations } from '../../db/schema/index.ts'
import { claimColumns } from '../claim-columns.ts'
import { toldToPartners } from '../partner-view.ts'
import { inOrder, type Timeline, type TimelineEntry } from './entry.ts'
import { talkOf } from './talk.ts'

/** What an event says that is the partner's to know. */
const OWN_FACTS = ['protectedUntil', 'share', 'paragraph', 'fields', 'mediaType', 'size']

/** Undefined when the partner has no such registration. */
export async function readOwnTimeline(tx: Tx, id: string): Promise<Timeline | undefined> {
  const [row] = await tx
    .select(claimColumns)
    .from(registrations)
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .where(eq(registrations.id, id))
  if (row === undefined) return undefined
  const happened = await tx
    .select()
    .from(events)
    .where(and(eq(events.subjectId, id), inArray(events.what, toldToPartners)))
  const told = await tx
    .select({
      id: notices.id,
      eventId: notices.eventId,
      template: notices.template,
      sentAt: notices.sentAt,
      channel: notices.channel,
    })
    .from(notices)
    .where(and(eq(notices.subjectId, id), eq(notices.status, 'sent')))
  const files = await tx
    .select({ id: attachments.id, name: attachments.name })
    .from(attachments)
    .where(eq(attachments.registrationId, id))
  const proposed = await tx.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id))
  const fileOf = new Map(files.map((file) => [file.id, file.name]))
  const known = new Set(happened.map((event) => event.id))
  const none = { under: null, who: null, rule: null, policyVersion: null, reason: null }
  const entries: TimelineEntry[] = [
    ...happened.map((event): TimelineEntry => {
      const file = fileOf.get(String(event.detail['attachmentId'] ?? ''))
      const facts = Object.entries(event.detail).filter(([name]) => OWN_FACTS.includes(name))
      const { id: eventId, at, what, rule, policyVersion } = event
      return {
        ...none,
        kind: 'event',
        id: eventId,
        at,
        what,
        rule,
        policyVersion,
        facts: { ...Object.fromEntries(facts), ...(file === undefined ? {} : { file }) },
      }
    }),
    ...told.flatMap(({ eventId, template, sentAt, channel, ...notice }): TimelineEntry[] => {
      if (sentAt === null) return []
      const under = known.has(eventId) ? eventId : null
      return [
        {
          ...none,
          kind: 'notice',
          id: notice.id,
          at: sentAt,
          under,
          what: template,
          facts: { status: 'sent', channel },
        },
      ]
    }),
    ...(await talkOf(tx, id, false)),
    ...proposed.map((proposal): TimelineEntry => ({
      ...none,
      kind: 'proposal',
      id: proposal.id,
      at: proposal.createdAt,
      what: `proposal.${proposal.state}`,
      facts: Object.fromEntries(
        Object.entries(proposal.fields).map(([field, { from, to }]) => [
          field,
          `${from ?? '(none)'} → ${to ?? '(none)'}`,
        ]),
      ),
    })),
  ]
  return {
    registration: { ...row, portal: null, onBehalfBy: null, decideBy: null },
    entries: inOrder(entries),
    unchangedReadings: 0,
  }
}
