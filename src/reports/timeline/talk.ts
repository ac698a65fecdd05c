/** What was said between a partner and us: questions, answers, and wishes for a longer protection. Both sides may read it. */
import { eq } from 'drizzle-orm'
import type { Db, Tx } from '../../db/connection.ts'
import { exchanges, extensions } from '../../db/schema/index.ts'
import type { TimelineEntry } from './entry.ts'

/** @param namesPeople whether people of ours are named; a partner reads what was asked, and not by whom */
export async function talkOf(db: Db | Tx, registrationId: string, namesPeople: boolean): Promise<TimelineEntry[]> {
  const asked = await db.select().from(exchanges).where(eq(exchanges.registrationId, registrationId))
  const wished = await db.select().from(extensions).where(eq(extensions.registrationId, registrationId))
  const none = { under: null, who: null, rule: null, policyVersion: null, reason: null, facts: {} }
  return [
    ...asked.flatMap(
      ({ id, question, askedBy, askedAt, answer, answeredBy, answeredDoor, answeredAt }): TimelineEntry[] => [
        {
          ...none,
          kind: 'question',
          id,
          at: askedAt,
          what: 'question',
          who: namesPeople ? askedBy : null,
          facts: { question },
        },
        ...(answeredAt === null
          ? []
          : [
              {
                ...none,
                kind: 'answer' as const,
                id,
                at: answeredAt,
                what: 'answer',
                who: namesPeople ? answeredBy : null,
                facts: { answer, ...(namesPeople ? { door: answeredDoor } : {}) },
              },
            ]),
      ],
    ),
    ...wished.map(({ id, state, until, reason, askedBy, askedDoor, askedAt, was, settledAt }): TimelineEntry => ({
      ...none,
      kind: 'extension',
      id,
      at: askedAt,
      what: `extension.${state}`,
      who: namesPeople ? askedBy : null,
      reason,
      facts: { until, was, settledAt, ...(namesPeople ? { door: askedDoor } : {}) },
    })),
  ]
}
