/** What happens to a registration after its approval, and to one that goes on in another. */
import type { Template } from '../template.ts'

export const lifeTemplates = {
  'registration.reopened': {
    texts: {
      partner: {
        subject: 'Open again: {company}',
        body: 'The deal with {company} that you registered is open again.',
      },
      manager: {
        subject: 'Open again: {company} ({partner})',
        body: 'The deal with {company}, registered by {partner}, is open again.',
      },
    },
  },
  'registration.not-credited': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Won after the end of your protection: {company}',
        body: `The deal with {company} was won after your exclusive period had ended {protectedUntil}. It does not count as yours.

Reason: {decisionReason}`,
      },
      manager: {
        subject: 'Won after the end of the protection: {company} ({partner})',
        body: 'The deal with {company} was won after the exclusive period of {partner} had ended {protectedUntil}. It does not count as theirs.',
      },
    },
  },
  'registration.merged': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Merged: {company}',
        body: `You have registered {company} before. This registration goes on in the other one, and nothing is lost.

{reason}`,
      },
    },
  },
  'claim.questioned': {
    always: 'decision',
    texts: {
      manager: {
        subject: 'Decision needed: does the claim of {partner} on {company} stand?',
        body: `What the registration of {company} by {partner} rested on has changed:
{why}

Please decide by {decideBy}.

{commands}`,
      },
    },
  },
} as const satisfies Record<string, Template>
