/** What someone is asked to decide. */
import type { Template } from '../template.ts'

const escalated = {
  subject: 'Overdue: {company} ({partner}) was not decided in time',
  body: `The registration of {company} by {partner} was due {decideBy} and is still undecided.

Why a decision is needed:
{why}

{commands}`,
}

export const taskTemplates = {
  'task.opened': {
    always: 'decision',
    texts: {
      manager: {
        subject: 'Decision needed: {partner} registered {company}',
        body: `{partner} registered {company}.

Why you are asked:
{why}

By our policy: {cited}

Asked: {question}

Answered: {answer}

Please decide by {decideBy}.

{commands}`,
      },
    },
  },
  'task.reminder': {
    always: 'at-once',
    texts: {
      manager: {
        subject: 'Reminder: {company} ({partner}) waits for your decision',
        body: `The registration of {company} by {partner} is still undecided. It is due {decideBy}.

{commands}`,
      },
    },
  },
  'task.comment-missing': {
    always: 'at-once',
    texts: {
      manager: {
        subject: 'Say why: {company} ({partner}) was rejected without a comment',
        body: `You rejected the registration of {company} by {partner} in the CRM's approval process without a comment. By our policy the partner is told why, so nothing was decided: the question is still open, and the approval process is over.

Please decide it again, with a reason, by {decideBy}.

{commands}`,
      },
    },
  },
  'task.escalated': { always: 'at-once', texts: { manager: escalated, director: escalated } },
} as const satisfies Record<string, Template>
