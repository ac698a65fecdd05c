/**
 * Everything that happened to a registration, from the rows of every room: what came in, what was found, asked, decided, told and
 * written. A statement for each table, whatever the length. For staff: what a partner sees is in `own.ts`.
 */
import { eq } from 'drizzle-orm'
import type { Db } from '../../db/connection.ts'
import { attachments, partners, proposedChanges, registrations } from '../../db/schema/index.ts'
import { claimColumns } from '../claim-columns.ts'
import { conflictsOf } from '../registrations.ts'
import { inOrder, type Timeline, type TimelineEntry } from './entry.ts'
import { namesOf } from './names.ts'
import {
  clashesOf,
  eventsOf,
  noticesOf,
  readingsOf,
  recordsOf,
  reviewsOf,
  tasksOf,
  unsentOf,
  writtenOf,
} from './rows.ts'
import { talkOf } from './talk.ts'

/** Undefined when there is no such registration. */
export async function readTimeline(db: Db, id: string): Promise<Timeline | undefined> {
  const [found] = await db
    .select({
      dealId: registrations.dealId,
      claim: {
        ...claimColumns,
        portal: registrations.portal,
        onBehalfBy: registrations.onBehalfBy,
        decideBy: registrations.decideBy,
      },
    })
    .from(registrations)
    .leftJoin(partners, eq(partners.id, registrations.partnerId))
    .where(eq(registrations.id, id))
  if (found === undefined) return undefined
  const { dealId, claim } = found
  const dealIds = dealId === null ? [] : [dealId]
  const [records, reviews] = await Promise.all([recordsOf(db, id, dealIds), reviewsOf(db, id)])
  const subjects = [id, ...dealIds, ...reviews.map((review) => review.id)]
  const [happened, asked, beside, told, written, unsent, readings, disputed, proposed, talk] = await Promise.all([
    eventsOf(db, subjects),
    tasksOf(db, subjects),
    conflictsOf(db, id),
    noticesOf(db, id),
    writtenOf(db, records),
    unsentOf(db, records),
    readingsOf(db, [id, ...dealIds]),
    clashesOf(db, [id, ...dealIds]),
    db.select().from(proposedChanges).where(eq(proposedChanges.registrationId, id)),
    talkOf(db, id, true),
  ])
  const who = await namesOf(db, [
    ...happened.map(({ actor }) => actor),
    ...written.map(({ actor }) => actor),
    ...proposed.map(({ actor }) => actor),
  ])
  const files = await db.select().from(attachments).where(eq(attachments.registrationId, id))
  const fileOf = new Map(files.map((file) => [file.id, file.name]))
  const known = new Set(happened.map((event) => event.id))
  const stepOf = (stepKey: string) => happened.find((event) => event.stepKey === stepKey)?.id ?? null
  /** The event that asked is the first that names the task, or that of its round. */
  const askOf = ({ id: taskId, kind, round }: (typeof asked)[number]) =>
    happened.find(({ detail }) => detail['taskId'] === taskId)?.id ??
    (kind === 'approve-registration' ? stepOf(`ask:${String(round)}`) : null)

  const entries: TimelineEntry[] = [
    ...happened.map((event): TimelineEntry => {
      const file = fileOf.get(String(event.detail['attachmentId'] ?? ''))
      return {
        ...blank('event', event),
        at: event.at,
        what: event.what,
        who: who(event.actor) ?? 'Causeway',
        rule: event.rule,
        policyVersion: event.policyVersion,
        facts: { ...event.detail, ...(file === undefined ? {} : { file }) },
      }
    }),
    ...asked.flatMap((task): TimelineEntry[] => [
      {
        ...blank('asked', task),
        at: task.createdAt,
        under: askOf(task),
        what: task.kind,
        who: task.assignee,
        facts: {
          dueAt: task.dueAt,
          why: task.why.join(' '),
          round: task.round,
          escalatedTo: task.escalatedTo,
          state: task.state,
        },
      },
      ...(task.decidedAt === null
        ? []
        : [
            {
              ...blank('decided', task),
              at: task.decidedAt,
              what: `${task.kind}.${task.decision ?? 'decided'}`,
              who: task.decidedBy,
              reason: task.reason,
            },
          ]),
    ]),
    ...talk,
    ...reviews.map((review): TimelineEntry => ({
      ...blank('event', review),
      at: review.createdAt,
      what: 'direct-deal.found',
      who: review.connection,
      facts: { deal: review.deal, matchedOn: review.matchedOn.join(' '), score: review.score },
    })),
    ...beside.map((finding): TimelineEntry => {
      const { other } = finding
      return {
        ...blank('finding', finding),
        at: finding.detectedAt,
        under: stepOf(`screen:${String(finding.round)}`),
        what: finding.kind,
        who: other.partner ?? other.home,
        facts: {
          company: other.company ?? other.deal,
          domain: other.domain,
          amount: other.amount === null ? null : `${other.amount} ${other.currency ?? ''}`.trim(),
          since: other.since,
          state: other.stage ?? other.state,
          matchedOn: finding.matchedOn.join(' '),
          score: finding.score,
          stands: finding.blocks,
          ruling: finding.ruling,
          otherId: finding.otherId,
        },
      }
    }),
    ...told.map((notice): TimelineEntry => ({
      ...blank('notice', notice),
      at: notice.sentAt ?? notice.plannedAt,
      under: known.has(notice.eventId) ? notice.eventId : null,
      what: notice.template,
      who: notice.recipient,
      facts: {
        audience: notice.audience,
        channel: notice.channel,
        status: notice.status,
        sentAt: notice.sentAt,
        code: notice.code,
      },
    })),
    ...written.map((entry): TimelineEntry => ({
      ...blank('write', entry),
      at: entry.at,
      what: entry.what === 'write' && entry.created ? 'write.created' : entry.what,
      who: entry.connection ?? who(entry.actor),
      rule: entry.rule,
      facts: {
        object: entry.object,
        externalId: entry.externalId,
        ...entry.detail,
        ...valuesOf(entry.fields, entry.before, entry.after),
      },
    })),
    ...unsent.map((write): TimelineEntry => ({
      ...blank('write', { id: write.linkId }),
      at: write.updatedAt,
      what: `write.${write.status}`,
      who: write.connection,
      facts: { object: write.object, externalId: write.externalId, code: write.code },
    })),
    ...readings.changed.map((change): TimelineEntry => ({
      ...blank('reading', { id: String(change.id) }),
      at: change.receivedAt,
      what: change.deleted ? 'reading.deleted' : `reading.${change.status}`,
      who: change.connection,
      facts: { object: change.object, externalId: change.externalId, modifiedAt: change.modifiedAt, code: change.code },
    })),
    ...disputed.map((clash): TimelineEntry => ({
      ...blank('clash', clash),
      at: clash.at,
      what: `clash.${clash.winner}`,
      who: clash.connection,
      rule: clash.rule,
      facts: {
        field: clash.field,
        ours: clash.ours,
        theirs: clash.theirs,
        decidedBy: clash.decidedBy,
        decidedAt: clash.decidedAt,
      },
    })),
    ...proposed.map((proposal): TimelineEntry => ({
      ...blank('proposal', proposal),
      at: proposal.createdAt,
      what: `proposal.${proposal.state}`,
      who: who(proposal.actor),
      facts: Object.fromEntries(
        Object.entries(proposal.fields).map(([field, { from, to }]) => [
          field,
          `${from ?? '(none)'} → ${to ?? '(none)'}`,
        ]),
      ),
    })),
  ]
  return {
    registration: claim,
    entries: inOrder(entries),
    unchangedReadings: readings.unchanged,
  }
}

function blank(kind: TimelineEntry['kind'], { id }: { id: string }): Omit<TimelineEntry, 'at' | 'what'> {
  return { kind, id, under: null, who: null, rule: null, policyVersion: null, reason: null, facts: {} }
}

/** Fields with what they held before and after, as far as that was not erased. */
function valuesOf(fields: string[], before: Record<string, unknown> | null, after: Record<string, unknown> | null) {
  return Object.fromEntries(
    fields.map((field) => [
      field,
      before === null && after === null ? '(not kept)' : `${shown(before?.[field])} → ${shown(after?.[field])}`,
    ]),
  )
}

function shown(value: unknown): string {
  if (value === null || value === undefined || value === '') return '(none)'
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** Whose registration it is; null: nobody's, or there is none. */
export async function partnerOfRegistration(db: Db, id: string): Promise<string | null> {
  const [row] = await db
    .select({ partnerId: registrations.partnerId })
    .from(registrations)
    .where(eq(registrations.id, id))
  return row?.partnerId ?? null
}
