/** A question to the partner: the clock of the decision stops with it, and goes on with what was left when it is answered. */
import { and, eq } from 'drizzle-orm'
import type { Tx } from '../db/connection.ts'
import { exchanges, tasks } from '../db/schema/index.ts'
import { deadlinesOf, resumeClock, stopClock } from '../domain/decision-clock.ts'
import type { RegistrationStep } from '../domain/registration.ts'
import { plus } from '../domain/time.ts'
import { clockOf } from './clock-of.ts'
import { currentTask, partnerOf, type Registration } from './facts.ts'
import { tell } from './notices/tell.ts'
import { withCitation } from './reasons.ts'
import { ask, decline } from './registration-outcomes.ts'
import { change, record, type Take } from './step.ts'

type InfoStep = Extract<RegistrationStep, 'askInfo' | 'remindInfo' | 'resume' | 'closeInfo'>

/** Why a person is asked again. */
const AGAIN = { answered: 'info-answered', unanswered: 'info-unanswered' } as const

export const infoSteps: Record<InfoStep, Take> = {
  /** The clock stops at the instant of the decision to ask, however late this step is taken. */
  askInfo: async (tx, programme, { row, now }) => {
    const { info } = programme.policy
    const [task] = await tx.select().from(tasks).where(currentTask(row))
    const askedAt = task?.decidedAt ?? now
    const actor = task?.decidedBy ?? 'system'
    await tx.insert(exchanges).values({
      registrationId: row.id,
      partnerId: row.partnerId,
      round: row.round,
      question: task?.reason ?? null,
      askedBy: actor,
      askedAt,
    })
    const infoUntil = info.atEnd === 'wait' ? null : plus(askedAt, info.answerWithin)
    const clock = stopClock(clockOf(programme, row, now), askedAt)
    const event = await record(tx, programme, row, {
      what: 'info.requested',
      stepKey: `info:${String(row.round)}`,
      rule: 'decision',
      actor,
      detail: { usedMs: clock.usedMs, until: infoUntil },
    })
    await change(tx, row, {
      state: 'info-requested',
      clock,
      ...deadlinesOf(clock, now),
      infoRemindAt: info.remindBefore === null ? null : plus(askedAt, info.answerWithin - info.remindBefore),
      infoUntil,
    })
    await tell(tx, programme, row, event, 'info.requested', ['partner'])
  },

  remindInfo: async (tx, programme, { row }) => {
    const event = await record(tx, programme, row, {
      what: 'info.reminded',
      stepKey: `remind-info:${String(row.round)}`,
      rule: 'info',
    })
    await tell(tx, programme, row, event, 'info.reminder', ['partner'])
    await change(tx, row, { infoRemindAt: null })
  },

  resume: async (tx, programme, situation) => {
    const { row, now } = situation
    const exchange = await exchangeOf(tx, row)
    const answeredAt = exchange?.answeredAt ?? now
    await record(tx, programme, row, {
      what: 'info.answered',
      stepKey: `answer:${String(row.round)}`,
      actor: exchange?.answeredBy ?? 'system',
      detail: { answeredAt },
    })
    const partner = await partnerOf(tx, row)
    await ask(
      tx,
      programme,
      situation,
      partner,
      { ruling: 'ask', rule: 'decision', why: [AGAIN.answered] },
      resumeClock(clockOf(programme, row, now), answeredAt),
    )
  },

  /** Nobody answered in time: what the policy says of that. */
  closeInfo: async (tx, programme, situation) => {
    const { row, now } = situation
    const partner = await partnerOf(tx, row)
    await record(tx, programme, row, {
      what: 'info.unanswered',
      stepKey: `unanswered:${String(row.round)}`,
      rule: 'info',
    })
    if (programme.policy.info.atEnd === 'decline') {
      const reason = withCitation('What we asked for was not answered in time.', 'info', programme.policy)
      return decline(tx, programme, row, { rule: 'info', actor: 'system', reason })
    }
    await ask(
      tx,
      programme,
      situation,
      partner,
      { ruling: 'ask', rule: 'info', why: [AGAIN.unanswered] },
      resumeClock(clockOf(programme, row, now), now),
    )
  },
}

/** The question of the present round; undefined: none was asked. */
export async function exchangeOf(tx: Tx, row: Registration): Promise<typeof exchanges.$inferSelect | undefined> {
  const [found] = await tx
    .select()
    .from(exchanges)
    .where(and(eq(exchanges.registrationId, row.id), eq(exchanges.round, row.round)))
  return found
}
