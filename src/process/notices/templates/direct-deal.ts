/** A direct deal at a registered account. The rep is told the facts of the alert and no more: neither whose claim it is nor its amount. */
import type { Template, Text } from '../template.ts'

const facts = `The account {company} is registered by a partner.

Since: {submittedAt}

Protected until: {protectedUntil}

Please ask: {contact}`

const evidence = `The deal: {deal}

Its owner: {owner}

Its amount: {dealAmount}

The registration: {company} by {partner}

Submitted: {submittedAt}

Protected until: {protectedUntil}

Amount: {amount}`

const over = (what: string): Text => ({
  subject: `{deal} at {company}: ${what}`,
  body: `The review of {deal} at {company} is over: ${what}.`,
})

const all = (text: Text) => ({ rep: text, manager: text, director: text })

export const directDealTemplates = {
  'direct-deal.held': {
    always: 'at-once',
    texts: {
      rep: {
        subject: '{deal} is held: {company} is registered by a partner',
        body: `${facts}

Your deal {deal} is under review and keeps its stage until your manager has decided.`,
      },
      manager: {
        subject: 'A direct deal was opened at {company}, which {partner} registered',
        body: `${evidence}

The deal is held until the manager of its owner has decided.`,
      },
    },
  },
  'direct-deal.noticed': {
    always: 'at-once',
    texts: {
      rep: {
        subject: '{deal}: {company} may be registered by a partner',
        body: `${facts}

Your deal {deal} is under review: your manager is asked whether it is the same company. You can go on meanwhile.`,
      },
      manager: {
        subject: 'A direct deal was opened at what may be {company}, which {partner} registered',
        body: `${evidence}

The manager of its owner is asked. The deal is not held.`,
      },
    },
  },
  'direct-deal.asked': {
    always: 'decision',
    texts: {
      manager: {
        subject: 'Decision needed: {deal} was opened at {company}, which a partner registered',
        body: `${evidence}

Why you are asked:
{why}

Please decide by {decideBy}: release it to its owner, reassign it to the partner, or have it sold together.

{commands}`,
      },
    },
  },
  'direct-deal.reminded': {
    always: 'at-once',
    texts: {
      manager: {
        subject: 'Reminder: {deal} at {company} waits for your decision',
        body: `The deal {deal} of {owner} at {company}, which {partner} registered, is still undecided. It is due {decideBy}.

{commands}`,
      },
    },
  },
  'direct-deal.escalated': {
    always: 'at-once',
    texts: (() => {
      const text = {
        subject: 'Overdue: {deal} at {company} was not decided in time',
        body: `The deal {deal} of {owner} at {company}, which {partner} registered, was due {decideBy} and is still undecided.

{commands}`,
      }
      return { manager: text, director: text }
    })(),
  },
  'direct-deal.set-back': {
    always: 'at-once',
    texts: {
      rep: {
        subject: '{deal} is under review: its stage was set back',
        body: `${facts}

Your deal {deal} is under review. Its stage was moved, and was set back to the one that it had. It can be moved when your manager has decided.`,
      },
    },
  },
  'direct-deal.let-go': {
    always: 'at-once',
    texts: (() => {
      const text = {
        subject: '{deal} at {company} was moved again and again while it is under review',
        body: `The stage of {deal}, owned by {owner}, was set back several times and moved again each time. It is not set back any more. The decision is still open.

${evidence}

{commands}`,
      }
      return { manager: text, director: text }
    })(),
  },
  'direct-deal.released': { always: 'law', texts: all(over('it is released, and goes on as a direct deal')) },
  'direct-deal.reassigned': { always: 'law', texts: all(over('it goes on as the partner’s deal')) },
  'direct-deal.co-sell': { always: 'law', texts: all(over('it is sold together with the partner')) },
  'direct-deal.closed': {
    texts: all(over('nothing is left to decide, for the registration or the deal has ended or changed')),
  },
  'direct-deal.partner-reassign': {
    always: 'law',
    texts: {
      partner: {
        subject: 'A deal at {company} is yours',
        body: 'Our own sales had a deal at {company}, which you have registered. It is now part of your registration.',
      },
    },
  },
  'direct-deal.partner-co-sell': {
    always: 'law',
    texts: {
      partner: {
        subject: '{company} is sold together with our own sales',
        body: `Our own sales has a deal at {company}, which you have registered, and works on it together with you.

Please ask: {contact}`,
      },
    },
  },
} as const satisfies Record<string, Template>
