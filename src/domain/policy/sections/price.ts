import type { Policy } from '../policy.ts'
import { asksForSomething, claimText } from '../words.ts'
import { standingRules } from '../standing.ts'
import type { DraftSection } from './section.ts'

export function priceSection({ price, currency }: Policy): DraftSection {
  return {
    title: 'The registered price',
    lead: 'The first of these that fits is written to the deal at approval, and taken away when the protection ends.',
    paragraphs: [
      ...price.map(({ name, when, reference, discount, says }) => ({
        id: name,
        text:
          says ??
          `For ${asksForSomething(when) ? claimText(when, currency) : 'every approved claim'} the discount ${reference} holds${discount === null ? '' : `: ${discount} % off the amount`}.`,
      })),
      ...(price.length === 0 ? [] : [{ id: 'registered-price', text: standingRules['registered-price'] }]),
    ],
  }
}
