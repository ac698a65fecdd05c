/** Rules that every policy has, whatever it says: a ruling may cite them as any other. */
export const standingRules = {
  /** A finding that no rule of precedence decides is for a person. */
  'conflict-check': 'What no rule above decides is decided by a person, who sees both sides.',
  /** A claim whose check may be incomplete is for a person. */
  'not-fully-read': 'Where not every portal and CRM could be read in time, a person decides.',
  /** Whatever no rule approves or declines. */
  'no-automatic-approval': 'What no rule approves or declines is decided by a person.',
  /** Facts that no rule may decide on. */
  'doubtful-facts':
    'A claim that names no company that could be looked up, with a close date in the past, or of a tier or in a currency that this policy does not know, is decided by a person.',
  /** A person's decision on a task. */
  decision: 'A person who was asked has decided.',
  info: 'A question to the partner that is not answered in time ends as the policy says.',
  'ladder-end': 'A registration that nobody decides in time ends as the policy says.',
  extension: 'A protection is extended as often and as long as the policy says.',
  edits: 'After an edit of the policy running clocks are judged anew where it says so.',
  'register-again':
    'After a lapse the same partner waits as long as the policy says before registering the company again.',
  'won-after-lapse': 'A deal that is won after the protection ended counts as the policy says.',
  'approver-left': 'What was asked of a person who has left is passed on to who decides otherwise.',
  'direct-deals-at-end': 'A review of a direct deal that nobody decides in time ends as the policy says.',
  'partner-offboarded': 'When a partnership ends its registrations end as the policy says.',
  /** What becomes of a price when its protection ends. */
  'registered-price':
    'When the protection ends without the deal, the registered price and the discount are taken off it, and that is kept.',
  exclusivity: 'The exclusive period of an approved registration ends at the instant that was told with the approval.',
} as const satisfies Record<string, string>

export type StandingRule = keyof typeof standingRules
