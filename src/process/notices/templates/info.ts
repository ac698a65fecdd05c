/** A question to the partner, without whose answer nobody can decide. */
import type { Template } from '../template.ts'

export const infoTemplates = {
  'info.requested': {
    always: 'decision',
    texts: {
      partner: {
        subject: 'A question about {company}',
        body: `Before we can decide on your registration of {company} we need to know more:

{question}

The time for the decision stands still until you have answered.`,
      },
    },
  },
  'info.reminder': {
    always: 'at-once',
    texts: {
      partner: {
        subject: 'Still open: our question about {company}',
        body: `We still wait for your answer about your registration of {company}:

{question}`,
      },
    },
  },
} as const satisfies Record<string, Template>
