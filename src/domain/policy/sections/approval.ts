import type { ApprovalRule } from '../approval.ts'
import type { Policy } from '../policy.ts'
import { standingRules } from '../standing.ts'
import { asksForSomething, claimText } from '../words.ts'
import { sentence, type DraftSection } from './section.ts'

export function approvalSection({ approval, currency }: Policy): DraftSection {
  return {
    title: 'What is decided without a person',
    lead: 'Of a claim that nothing stands against, the first of these rules that fits decides.',
    paragraphs: [
      ...approval.map((rule) => ({ id: rule.name, text: rule.says ?? sentenceOf(rule, currency) })),
      { id: 'doubtful-facts', text: standingRules['doubtful-facts'] },
      { id: 'no-automatic-approval', text: standingRules['no-automatic-approval'] },
    ],
  }
}

function sentenceOf({ when, ruling, missing, reason }: ApprovalRule, currency: string | null): string {
  const verdict = {
    approve: 'is approved at once',
    decline: 'is declined at once',
    ask: 'is always decided by a person',
  }[ruling]
  const lack = {
    ask: ' Where it is not said, a person decides.',
    decline: ' A claim that does not say so is declined.',
    next: '',
  }[missing]
  const why = reason === null ? '' : ` The reason given is: “${reason}”`
  return `${sentence(claimText(when, currency))} ${verdict}.${asksForSomething(when) ? lack : ''}${why}`
}
