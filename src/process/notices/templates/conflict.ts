/** What two claims on one company mean for each; neither side learns who the other is. */
import type { Template } from '../template.ts'

/** Where the partner has no address whoever answers for them is asked to tell them. */
const toldByManager = {
  subject: 'Please tell {partner}: another partner claims {company} as well',
  body: `Another partner claims {company} as well, and {partner} has no address that we know. Please tell them within a day, without the other partner's name or amount.`,
}

export const conflictTemplates = {
  'conflict.detected': {
    always: 'at-once',
    texts: {
      partner: {
        subject: 'Another partner registered {company} as well',
        body: 'Another partner submitted a registration for {company}, which you have registered. Nothing changes for you unless we write again.',
      },
      manager: toldByManager,
    },
  },
  'conflict.found': {
    always: 'at-once',
    texts: {
      partner: {
        subject: 'Another claim on {company}',
        body: 'When your registration of {company} was checked, another partner had a claim on the company. We write again when it is ruled.',
      },
      manager: toldByManager,
    },
  },
  /** Where somebody else is asked: before an approval takes effect. */
  'conflict.asked': {
    always: 'at-once',
    texts: {
      manager: {
        subject: 'Something stands beside {company} ({partner}): a person is asked',
        body: `The check of {company}, registered by {partner}, found something beside the claim. Who decides such claims is asked, and until then nothing takes effect.

Why they are asked:
{why}`,
      },
    },
  },
  /** Before an approval by rule takes effect. */
  'conflict.decided': {
    always: 'at-once',
    texts: {
      manager: {
        subject: '{company} ({partner}) is approved by rule, although something stands beside it',
        body: `The check of {company}, registered by {partner}, found something beside the claim, and a rule of the policy decides it: the claim is approved. The timeline of the registration names the rule and the findings.

By our policy: {cited}`,
      },
    },
  },
} as const satisfies Record<string, Template>
