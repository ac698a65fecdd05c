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
  'task.escalated': { always: 'at-once', texts: { manager: escalated, director: escalated } },
} as const satisfies Record<string, Template>
