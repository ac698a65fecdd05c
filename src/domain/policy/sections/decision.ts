import { ACCOUNT_MANAGER, type ApproverRule } from '../approver.ts'
import type { Policy } from '../policy.ts'
import { standingRules } from '../standing.ts'
import { asksForSomething, claimText, durationText } from '../words.ts'
import { sentence, type DraftParagraph, type DraftSection } from './section.ts'

export function decisionSection(policy: Policy): DraftSection {
  return {
    title: 'Who decides, and by when',
    lead: null,
    paragraphs: [
      ...policy.approver.map((rule, index) => approverParagraph(rule, index, policy)),
      ...deadlines(policy),
      ...questions(policy),
      { id: 'approver-left', text: standingRules['approver-left'] },
      {
        id: 'decision',
        text: `${standingRules.decision} The decision is kept with who made it, when, and for which reason.${policy.decision.rejectionWithoutComment === 'ask' ? ' A rejection without a reason decides nothing.' : ''}`,
      },
    ],
  }
}

function approverParagraph(
  { name, when, to, says }: ApproverRule,
  index: number,
  { currency }: Policy,
): DraftParagraph {
  const what = asksForSomething(when) ? claimText(when, currency) : index === 0 ? 'a claim' : 'every other claim'
  if (says !== null) return { id: name, text: says }
  if (to === ACCOUNT_MANAGER)
    return { id: name, text: `${sentence(what)} is decided by the partner’s account manager.` }
  return {
    id: name,
    text: `${sentence(what)} is decided by our channel team.`,
    staff: `${sentence(what)} is decided by ${to}.`,
  }
}

function deadlines({ decision }: Policy): DraftParagraph[] {
  const hours = decision.hours === 'business' ? ' of business hours' : ''
  const reminder =
    decision.remindAfter === null ? '' : ` Who was asked is reminded after ${durationText(decision.remindAfter)}.`
  const ladder = decision.ladder.map(({ after, to }) => `after ${durationText(after)} to ${to}`)
  const end = {
    wait: 'The question then stays open until somebody decides.',
    approve: `Without a decision after ${durationText(decision.endAfter ?? 0)} the claim is approved.`,
    decline: `Without a decision after ${durationText(decision.endAfter ?? 0)} the claim is declined.`,
  }[decision.atEnd]
  return [
    {
      id: 'decision-time',
      text: `A person decides within ${durationText(decision.within)}${hours}${decision.hours === 'business' ? '' : ', day and night counted'}.${reminder}`,
    },
    {
      id: 'ladder-end',
      text:
        ladder.length === 0
          ? `What is overdue is told to who was asked. ${end}`
          : `What is overdue goes up to the next person in charge. ${end}`,
      ...(ladder.length === 0 ? {} : { staff: `What is overdue goes up: ${ladder.join(', ')}. ${end}` }),
    },
  ]
}

function questions({ info }: Policy): DraftParagraph[] {
  const end = {
    review: 'Without an answer by then, who asked decides with what is there.',
    wait: 'The question stays open until it is answered.',
    decline: 'Without an answer by then the claim is declined.',
  }[info.atEnd]
  const reminder = info.remindBefore === null ? '' : ` A reminder comes ${durationText(info.remindBefore)} before that.`
  return [
    {
      id: 'info',
      text: `Who decides may ask the partner for more. The clock of the decision stands still until the answer comes, for which there are ${durationText(info.answerWithin)}.${reminder} ${end}`,
    },
  ]
}
