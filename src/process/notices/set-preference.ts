/** A person's word on how they are told, kept and put in force for what waits already. */
import { and, eq, inArray, isNotNull, isNull, sql } from 'drizzle-orm'
import { recordAudit } from '../../db/audit.ts'
import { databaseNow, type Db } from '../../db/connection.ts'
import { nudge, workflowId } from '../../db/outbox.ts'
import { noticePreferences, notices } from '../../db/schema/index.ts'
import { nextDigest } from '../../domain/digest.ts'
import { topicOf, type Preference } from '../../domain/notice.ts'
import { CausewayError } from '../../errors.ts'
import { catalogue } from './catalogue.ts'
import { isLanguage } from './languages/index.ts'
import { needOf } from './need.ts'
import type { Programme } from '../programme.ts'
import { choiceFor, noPreference } from './preferences.ts'
import { plainSettings, type NoticeSettings } from './settings.ts'

export const topics: readonly string[] = [...new Set(Object.keys(catalogue).map(topicOf))]

/**
 * Keeps what a person chose; null: nothing, so that all is as configured. What waits for their digest follows.
 *
 * @throws CW_REQUEST_INVALID for a topic or channel that there is not
 */
export async function setPreference(
  db: Db,
  address: string,
  preference: Preference | null,
  actor: string,
  { policy, notices: settings = plainSettings }: Pick<Programme, 'policy' | 'notices'>,
): Promise<void> {
  const recipient = address.trim().toLowerCase()
  if (preference !== null) check(preference, settings)
  await db.transaction(async (tx) => {
    if (preference === null) await tx.delete(noticePreferences).where(eq(noticePreferences.recipient, recipient))
    else {
      const values = { ...preference, updatedAt: sql`now()` }
      await tx
        .insert(noticePreferences)
        .values({ recipient, ...values })
        .onConflictDoUpdate({ target: noticePreferences.recipient, set: values })
    }
    const now = await databaseNow(tx)
    const waiting = await tx
      .select({
        id: notices.id,
        template: notices.template,
        channel: notices.channel,
        audience: notices.audience,
      })
      .from(notices)
      .where(
        and(
          sql`lower(${notices.recipient}) = ${recipient}`,
          eq(notices.status, 'planned'),
          isNotNull(notices.rhythm),
          isNull(notices.bundle),
        ),
      )
      .for('update')
    const wished = preference ?? noPreference
    const isOff = ({ template, channel, audience }: (typeof waiting)[number]) => {
      const told: readonly string[] = choiceFor(wished, topicOf(template)).channels ?? settings.people[audience]
      return needOf(template, policy).isDispensable && !told.includes(channel)
    }
    const off = waiting.filter(isOff).map(({ id }) => id)
    if (off.length > 0)
      await tx.update(notices).set({ status: 'skipped', code: 'switched-off' }).where(inArray(notices.id, off))
    const kept = waiting.filter((one) => !isOff(one))
    for (const topic of new Set(kept.map(({ template }) => topicOf(template)))) {
      const rhythm = choiceFor(wished, topic).rhythm ?? 'immediate'
      const timeZone = wished.timeZone ?? settings.timeZone
      await tx
        .update(notices)
        .set(
          rhythm === 'immediate'
            ? { rhythm: null, notBefore: sql`now()` }
            : { rhythm, notBefore: nextDigest(now, { ...wished, rhythm, timeZone }) },
        )
        .where(
          inArray(
            notices.id,
            kept.filter(({ template }) => topicOf(template) === topic).map(({ id }) => id),
          ),
        )
    }
    if (waiting.length > 0) await nudge(tx, [workflowId.mailer()])
    await recordAudit(tx, [
      {
        what: preference === null ? 'notice-preference.cleared' : 'notice-preference.set',
        actor,
        connection: null,
        object: null,
        detail: { topics: Object.keys(preference?.choices ?? {}).join(' '), waiting: waiting.length },
      },
    ])
  })
}

function check({ choices, language }: Preference, { available, languages }: NoticeSettings): void {
  if (language !== null && !isLanguage(language, languages))
    throw new CausewayError(
      'CW_REQUEST_INVALID',
      `Nothing is written in ${language}; expected one of ${[...languages.keys()].join(', ')}, or with a region such as en-GB`,
      { field: 'language' },
    )
  for (const [topic, { channels = [] }] of Object.entries(choices)) {
    if (topic !== '*' && !topics.includes(topic))
      throw new CausewayError('CW_REQUEST_INVALID', `There is no topic ${topic}; expected *, ${topics.join(', ')}`, {
        field: 'choices',
      })
    const missing = channels.find((channel) => !available.has(channel))
    if (missing !== undefined)
      throw new CausewayError('CW_REQUEST_INVALID', `${missing} is not set up here`, { field: `choices.${topic}` })
  }
}
