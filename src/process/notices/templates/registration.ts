/** What became of a registration. */
import type { Template } from '../template.ts'

export const registrationTemplates = {
  'registration.approved': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Approved: {company}',
        body: `Your registration of {company} is approved.

The company is reserved for you until {protectedUntil}.

The protection began {protectedFrom}.

By our policy: {cited}`,
      },
      manager: {
        subject: 'Approved: {company} ({partner})',
        body: `The registration of {company} by {partner} is approved.

The company is reserved for them until {protectedUntil}.

The protection began {protectedFrom}.

By our policy: {cited}`,
      },
    },
  },
  'registration.declined': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Declined: {company}',
        body: `Your registration of {company} is declined.

Reason: {reason}`,
      },
      manager: {
        subject: 'Declined: {company} ({partner})',
        body: `The registration of {company} by {partner} is declined.

Reason: {reason}`,
      },
    },
  },
  'registration.lapsed': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Lapsed: {company}',
        body: 'Your exclusive period for {company} ended {protectedUntil}. The registration has lapsed.',
      },
      manager: {
        subject: 'Lapsed: {company} ({partner})',
        body: 'The exclusive period of {partner} for {company} ended {protectedUntil}. The registration has lapsed.',
      },
    },
  },
  'registration.won': {
    texts: {
      partner: { subject: 'Won: {company}', body: 'The deal with {company} that you registered is won.' },
      manager: {
        subject: 'Won: {company} ({partner})',
        body: 'The deal with {company}, registered by {partner}, is won.',
      },
    },
  },
  'registration.lost': {
    texts: {
      partner: { subject: 'Lost: {company}', body: 'The deal with {company} that you registered is lost.' },
      manager: {
        subject: 'Lost: {company} ({partner})',
        body: 'The deal with {company}, registered by {partner}, is lost.',
      },
    },
  },
  'registration.revoked': {
    always: 'law',
    texts: {
      partner: {
        subject: 'Revoked: {company}',
        body: `The approval of your registration of {company} is taken back. The company is no longer reserved for you.

Reason: {reason}`,
      },
      manager: {
        subject: 'Revoked: {company} ({partner})',
        body: `The approval of the registration of {company} by {partner} is taken back.

Reason: {reason}`,
      },
    },
  },
  'registration.withdrawn': {
    texts: {
      manager: {
        subject: 'Withdrawn: {company} ({partner})',
        body: '{partner} withdrew the registration of {company}.',
      },
    },
  },
} as const satisfies Record<string, Template>
