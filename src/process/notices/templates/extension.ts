/** A longer protection: asked, given, refused. */
import type { Template } from '../template.ts'

export const extensionTemplates = {
  'extension.asked': {
    always: 'decision',
    texts: {
      manager: {
        subject: 'Decision needed: a longer protection of {company} for {partner}',
        body: `The protection of {company} for {partner} ends {protectedUntil}. It is asked that it last until {extendUntil}.

Why it is asked: {extensionReason}

Please decide by {decideBy}.

{commands}`,
      },
    },
  },
  'exclusivity.extended': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Extended: {company}',
        body: 'The company {company} stays reserved for you until {protectedUntil}.',
      },
      manager: {
        subject: 'Extended: {company} ({partner})',
        body: 'The company {company} stays reserved for {partner} until {protectedUntil}.',
      },
    },
  },
  'exclusivity.rejudged': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Another end of your protection: {company}',
        body: 'Our policy was changed. The company {company} is now reserved for you until {protectedUntil}.',
      },
      manager: {
        subject: 'Another end of the protection: {company} ({partner})',
        body: 'The policy was changed. The company {company} is now reserved for {partner} until {protectedUntil}.',
      },
    },
  },
  'extension.refused': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Not extended: {company}',
        body: `Your protection of {company} is not extended; it ends {protectedUntil}.

Reason: {decisionReason}`,
      },
    },
  },
} as const satisfies Record<string, Template>
