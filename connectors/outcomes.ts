/** How an outcome of a task of ours is called in a vendor's list of choices, where an admin names nothing else. */
import { z } from 'zod'

/** Our outcome → the choice that a decider takes. */
export const outcomes = z.record(z.string(), z.string().min(1)).default({
  approve: 'Approve',
  decline: 'Decline',
  'ask-info': 'Ask for information',
  grant: 'Grant',
  refuse: 'Refuse',
  release: 'Release',
  reassign: 'Reassign',
  'co-sell': 'Co-sell',
  ours: 'Ours',
  partner: 'Partner',
  split: 'Split',
  'no-conflict': 'No conflict',
  accept: 'Accept',
  keep: 'Keep',
  revoke: 'Revoke',
})
