/** How long a decision may take, in which hours that counts, who hears when it does not come, and what happens at last. */
import { z } from 'zod'
import { ruleName, duration } from './values.ts'

export const decision = z.strictObject({
  within: duration.prefault('48h'),
  /** `elapsed`: every hour counts. `business`: only those in which the calendar is open. */
  hours: z.enum(['elapsed', 'business']).default('elapsed'),
  /** By which calendar business hours are counted. */
  calendar: z.string().nullable().default(null),
  /** Another one for partners of some regions. */
  calendarByRegion: z.record(z.string(), z.string()).default({}),
  /** Absent: after half of `within`. null: nobody is reminded. */
  remindAfter: duration.nullable().optional(),
  /** Who else is told, how long after the question was asked. */
  ladder: z
    .array(z.strictObject({ name: ruleName.nullable().default(null), after: duration, to: z.email() }))
    .default([]),
  /** What happens when all of the ladder was in vain: the task stays open, or a rule decides. */
  atEnd: z.enum(['wait', 'approve', 'decline']).default('wait'),
  /** How long after the question that end is. */
  endAfter: duration.nullable().default(null),
  /**
   * What a rejection in a CRM's approval process does that says nothing why: it declines, and the partner is told that no comment was
   * given; or it decides nothing, and who rejected is asked for a reason.
   */
  rejectionWithoutComment: z.enum(['decline', 'ask']).default('decline'),
  /** Short for a last choice of `approver`. */
  approver: z.email().nullable().default(null),
  /** Short for a ladder of one step at `within`. */
  escalateTo: z.email().nullable().default(null),
})

/** What stops the clock of a decision: a question to the partner. */
export const info = z.strictObject({
  answerWithin: duration.prefault('14d'),
  /** How long before that the partner is reminded. */
  remindBefore: duration.nullable().prefault('3d'),
  /** `review`: who asked decides with what is there. `wait`: the question stays open. */
  atEnd: z.enum(['review', 'wait', 'decline']).default('review'),
})
