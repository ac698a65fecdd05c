/** Changes of what is locked since the approval. */
import type { Template } from '../template.ts'

export const changeTemplates = {
  'change.proposed': {
    always: 'decision',
    texts: {
      partner: {
        subject: 'Your change of {company} is being looked at',
        body: `Since your registration of {company} is approved, what you changed does not apply at once: we look at it and write to you.

Until then everything stays as it was approved, in your portal too.`,
      },
      manager: {
        subject: 'Decision needed: {partner} wants to change the registration of {company}',
        body: `{partner} changed fields of the registration of {company} that are locked since its approval. They stay as they are until you have decided:

{commands}`,
      },
    },
  },
  'change.accepted': {
    texts: {
      partner: {
        subject: 'Your change of {company} is accepted',
        body: `What you changed in your registration of {company} is in force.`,
      },
    },
  },
  'change.refused': {
    texts: {
      partner: {
        subject: 'Your change of {company} is not accepted',
        body: `What you changed in your registration of {company} is not accepted; it stays as it was approved.

Reason: {decisionReason}`,
      },
    },
  },
} as const satisfies Record<string, Template>
