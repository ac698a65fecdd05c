/** The period in which a company is reserved for a partner. */
import type { Template } from '../template.ts'

export const exclusivityTemplates = {
  'exclusivity.ending': {
    texts: {
      partner: {
        subject: 'Your exclusive period for {company} ends soon',
        body: 'Your exclusive period for {company} ends {protectedUntil}.',
      },
      manager: {
        subject: 'The exclusive period for {company} ({partner}) ends soon',
        body: 'The exclusive period of {partner} for {company} ends {protectedUntil}.',
      },
    },
  },
} as const satisfies Record<string, Template>
