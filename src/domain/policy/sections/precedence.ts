import type { Policy } from '../policy.ts'
import type { FindingKind, PrecedenceRule } from '../precedence.ts'
import { standingRules } from '../standing.ts'
import { asksForSomething, claimText, listText } from '../words.ts'
import { sentence, type DraftSection } from './section.ts'

export function precedenceSection({ precedence, currency }: Policy): DraftSection {
  return {
    title: 'Who goes first',
    lead: 'When a claim meets something that stands beside it, the first of these rules that fits decides.',
    paragraphs: [
      ...precedence.map((rule) => ({ id: rule.name, text: rule.says ?? sentenceOf(rule, currency) })),
      { id: 'conflict-check', text: standingRules['conflict-check'] },
      { id: 'not-fully-read', text: standingRules['not-fully-read'] },
    ],
  }
}

function sentenceOf(rule: PrecedenceRule, currency: string | null): string {
  const { when, incumbent, match } = rule
  const beside = sentence(
    `where ${claimText(when, currency)} meets ${listText(
      rule.against.map((kind) => nameOf(kind, rule)),
      'or',
    )}`,
  )
  const also = [
    match === 'any' ? 'even if only the names are alike' : null,
    incumbent === true ? 'and its partner sold to this customer before' : null,
    incumbent === false ? 'and its partner did not sell to this customer before' : null,
  ].filter((part) => part !== null)
  return `${[beside, ...also].join(', ')}, ${verdictOf(rule, asksForSomething(when))}`
}

function nameOf(kind: FindingKind, { samePartner }: PrecedenceRule): string {
  const whose = samePartner === true ? 'of the same partner' : samePartner === false ? 'of another partner' : null
  switch (kind) {
    case 'direct-deal':
      return 'an open deal of our own sales'
    case 'customer':
      return 'an existing customer'
    case 'named-account':
      return 'an account that our own sales keeps for itself'
    case 'registration':
      return `a live registration ${whose ?? 'of any partner'}`
    case 'lead':
      return `a lead held by ${samePartner === true ? 'the same partner' : samePartner === false ? 'another partner' : 'a partner'}`
    case 'overlap':
      return `a company that ${samePartner === true ? 'the same partner' : samePartner === false ? 'another partner' : 'a partner'} is known to work with`
  }
}

function verdictOf({ ruling, share, against }: PrecedenceRule, isSome: boolean): string {
  switch (ruling) {
    case 'clear':
      return 'the claim may go on.'
    case 'decline':
      return 'the claim is declined.'
    case 'ask':
      return 'a person decides.'
    case 'merge':
      return 'the two are one deal: the later is merged into the earlier, or both into the one that is approved.'
    case 'split':
      return `both have their part: ${share ?? ''} % for the one that was first, the rest for the other.`
    case 'first-in-time':
      return against.includes('direct-deal')
        ? `the one that was submitted or opened first goes first and the other is declined; one that is protected already is never displaced by this rule. A deal of our own sales counts from when it was opened in the CRM; where the CRM does not say, this rule does not decide.`
        : `the one that was submitted first goes first and the other is declined; one that is protected already is never displaced by this rule.`
    case 'higher-tier':
      return `the partner of the higher tier goes first; of equal tiers the next rule decides.`
    case 'incumbent':
      return `the partner that sold to this customer before goes first${isSome ? ' there' : ''}; where both or none did the next rule decides.`
  }
}
