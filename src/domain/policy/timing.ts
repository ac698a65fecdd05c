/** Instants of a policy that come in the wrong order, and clocks without a calendar. */
import type { Contradiction, Placed } from './contradiction.ts'
import type { PolicyDocument } from './document.ts'
import type { TermRule } from './exclusivity.ts'
import type { OneForm } from './one-form.ts'

export function timingContradictions(
  policy: OneForm,
  document: PolicyDocument,
  terms: Placed<TermRule>[],
): Contradiction[] {
  return [
    ...ofDecision(policy, document),
    ...ofCalendars(policy),
    ...ofInfo(policy),
    ...ofDirectDeals(policy),
    ...ofExclusivity(policy, document, terms),
  ]
}

const at = (...path: PropertyKey[]) => ['decision', ...path]

function ofDecision({ decision }: OneForm, document: PolicyDocument): Contradiction[] {
  const found: Contradiction[] = []
  if (decision.remindAfter !== null && decision.remindAfter >= decision.within)
    found.push({
      path: at('remindAfter'),
      other: at('within'),
      message: `the reminder after ${days(decision.remindAfter)} comes when the ${days(decision.within)} for a decision are over`,
    })
  const short = decision.ladder.length - document.decision.ladder.length
  const placeOf = (step: number) => (step < short ? at('escalateTo') : at('ladder', step - short))
  decision.ladder.forEach(({ after }, step) => {
    const earlier = decision.ladder[step - 1]
    if (earlier !== undefined && after <= earlier.after)
      found.push({
        path: placeOf(step),
        other: placeOf(step - 1),
        message: `this step of the ladder after ${days(after)} does not come after the one before it, after ${days(earlier.after)}`,
      })
  })
  const last = decision.ladder.at(-1)
  if (decision.atEnd !== 'wait' && decision.endAfter === null)
    found.push({
      path: at('atEnd'),
      other: null,
      message: `"atEnd: ${decision.atEnd}" needs \`endAfter\`: how long after the question it happens`,
    })
  if (decision.atEnd === 'wait' && decision.endAfter !== null)
    found.push({ path: at('endAfter'), other: at('atEnd'), message: 'nothing happens then, for `atEnd` says wait' })
  if (decision.endAfter !== null && decision.endAfter < decision.within)
    found.push({
      path: at('endAfter'),
      other: at('within'),
      message: `the end after ${days(decision.endAfter)} comes before the ${days(decision.within)} for a decision are over`,
    })
  if (decision.endAfter !== null && last !== undefined && decision.endAfter <= last.after)
    found.push({
      path: at('endAfter'),
      other: placeOf(decision.ladder.length - 1),
      message: `the end after ${days(decision.endAfter)} does not come after the last step of the ladder, after ${days(last.after)}`,
    })
  return found
}

function ofCalendars({ decision, calendars }: OneForm): Contradiction[] {
  const named = [
    ...(decision.calendar === null ? [] : [{ name: decision.calendar, path: ['decision', 'calendar'] }]),
    ...Object.entries(decision.calendarByRegion).map(([region, name]) => ({
      name,
      path: ['decision', 'calendarByRegion', region],
    })),
  ]
  const known = Object.keys(calendars)
  return [
    ...named
      .filter(({ name }) => !(name in calendars))
      .map(({ name, path }) => ({
        path,
        other: null,
        message: `there is no calendar "${name}" in \`calendars\`: ${known.join(', ') || 'it is empty'}`,
      })),
    ...(decision.hours === 'business' && decision.calendar === null
      ? [{ path: ['decision', 'hours'], other: null, message: 'business hours need a `calendar`' }]
      : []),
    ...(decision.hours === 'elapsed' && named.length > 0
      ? [
          {
            path: named[0]?.path ?? [],
            other: ['decision', 'hours'],
            message: 'a calendar is for "hours: business"; elapsed hours need none',
          },
        ]
      : []),
  ]
}

function ofInfo({ info }: OneForm): Contradiction[] {
  if (info.remindBefore === null || info.remindBefore < info.answerWithin) return []
  return [
    {
      path: ['info', 'remindBefore'],
      other: ['info', 'answerWithin'],
      message: `a reminder ${days(info.remindBefore)} before the end of ${days(info.answerWithin)} comes before the question`,
    },
  ]
}

const ofReview = (name: string) => ['directDeals', name]

function ofDirectDeals({ directDeals }: OneForm): Contradiction[] {
  const { within, remindAfter = null, endAfter, atEnd } = directDeals
  return [
    ...(remindAfter !== null && remindAfter >= within
      ? [
          {
            path: ofReview('remindAfter'),
            other: ofReview('within'),
            message: `the reminder after ${days(remindAfter)} comes when the ${days(within)} for a decision are over`,
          },
        ]
      : []),
    ...(endAfter !== undefined && atEnd === 'wait'
      ? [
          {
            path: ofReview('endAfter'),
            other: ofReview('atEnd'),
            message: 'nothing happens then, for `atEnd` says wait',
          },
        ]
      : []),
    ...(endAfter !== undefined && endAfter < within
      ? [
          {
            path: ofReview('endAfter'),
            other: ofReview('within'),
            message: `the end after ${days(endAfter)} comes before the ${days(within)} for a decision are over`,
          },
        ]
      : []),
  ]
}

function ofExclusivity({ exclusivity }: OneForm, document: PolicyDocument, terms: Placed<TermRule>[]): Contradiction[] {
  const [longest] = exclusivity.reminders
  const { extension } = exclusivity
  const lengths = [
    { name: 'the usual exclusivity', length: exclusivity.for, path: ['exclusivity', 'for'] },
    ...terms.map(({ rule, path }) => ({ name: `rule "${rule.name}"`, length: rule.for, path })),
  ]
  const reminders = document.exclusivity.reminders === null ? 'remindBefore' : 'reminders'
  return [
    ...lengths
      .filter(({ length }) => longest !== undefined && longest >= length)
      .map(({ name, length, path }) => ({
        path,
        other: ['exclusivity', reminders],
        message: `${name} of ${days(length)} is not longer than its reminder, ${days(longest ?? 0)} before the end`,
      })),
    ...(extension.times > 0 && extension.askFrom !== null && extension.askFrom <= extension.decideWithin
      ? [
          {
            path: ['exclusivity', 'extension', 'askFrom'],
            other: ['exclusivity', 'extension', 'decideWithin'],
            message: `an extension could be asked for only ${days(extension.askFrom)} before the end and takes up to ${days(extension.decideWithin)} to decide`,
          },
        ]
      : []),
    ...(extension.times === 0 && extension.automaticWhen !== null
      ? [
          {
            path: ['exclusivity', 'extension', 'automaticWhen'],
            other: ['exclusivity', 'extension', 'times'],
            message: 'nothing is extended by itself where `times` is 0',
          },
        ]
      : []),
  ]
}

/** As it would be written. */
function days(ms: number): string {
  const units: [string, number][] = [
    ['d', 86_400_000],
    ['h', 3_600_000],
    ['m', 60_000],
    ['s', 1_000],
  ]
  // Two days read as 48h, as deadlines are written.
  const [unit, size] = units.find(([name, length]) => ms % length === 0 && (name !== 'd' || ms > 3 * length)) ?? [
    'ms',
    1,
  ]
  return `${String(ms / size)}${unit}`
}
