import type { Policy } from '../policy.ts'
import { listText } from '../words.ts'
import type { DraftSection } from './section.ts'

export function matchingSection({ matching }: Policy): DraftSection {
  return {
    title: 'What counts as the same company',
    lead: null,
    paragraphs: [
      {
        id: 'same-company',
        text: 'A company is known by its web domain; sub-domains belong to it, and the domains of free mail services are nobody’s. The e-mail address of the contact counts as its domain does.',
      },
      {
        id: 'like-names',
        text: 'A like name alone is never certain: where nothing else says that two companies are one, a person decides.',
      },
      ...(matching.aliases.length === 0
        ? []
        : [
            {
              id: 'aliases',
              text: null,
              staff: `Domains of one company: ${matching.aliases.map((domains) => listText(domains, 'and')).join('; ')}.`,
            },
          ]),
    ],
  }
}
