/** What stands beside a claim and who goes first: ordered rules, of which the first that decides a finding counts. */
import { z } from 'zod'
import { conditions } from './conditions.ts'
import { percent, ruleName } from './values.ts'

/** What a check can find beside a claim. */
export const findingKinds = ['direct-deal', 'customer', 'named-account', 'registration', 'lead', 'overlap'] as const
export type FindingKind = (typeof findingKinds)[number]

/**
 * What a rule says of a finding. `clear`: it does not stand against the claim. `decline`: it stands before it. `ask`: a person says.
 * `merge`: it is the same deal once more. `split`: both have their part. `first-in-time`, `higher-tier` and `incumbent` compare
 * the two: who loses is declined, and where they are equal the next rule is asked.
 */
export const verdicts = [
  'clear',
  'decline',
  'ask',
  'merge',
  'split',
  'first-in-time',
  'higher-tier',
  'incumbent',
] as const
export type Verdict = (typeof verdicts)[number]

export const precedenceRule = z
  .strictObject({
    name: ruleName,
    /** The kinds of findings that it is about. */
    against: z.array(z.enum(findingKinds)).min(1),
    /** What must hold of the claim. */
    when: conditions.prefault({}),
    /** true: only where both are of one partner; false: only where they are not. */
    samePartner: z.boolean().nullable().default(null),
    /** true: only where the claim's partner sold to this customer before; false: only where it did not. */
    incumbent: z.boolean().nullable().default(null),
    /** `certain`: only where the match leaves no doubt. `any`: however likely it is. */
    match: z.enum(['certain', 'any']).default('certain'),
    ruling: z.enum(verdicts),
    /** With `split`: the part of the one that came first, in per cent; the other has the rest. */
    share: percent.nullable().default(null),
    /** Told to the partner with a decline, in place of what is said for the kind of finding. */
    reason: z.string().min(1).nullable().default(null),
    /** What partners and staff read of it, in place of the sentence that is made of the rule. */
    says: z.string().min(1).nullable().default(null),
  })
  .check(({ value, issues }) => {
    if ((value.ruling === 'split') !== (value.share !== null))
      issues.push({
        code: 'custom',
        input: value,
        path: ['share'],
        message: value.share === null ? '"ruling: split" needs a share' : 'a share is for "ruling: split" alone',
      })
  })

export type PrecedenceRule = z.output<typeof precedenceRule>

/**
 * What holds where a policy says nothing of precedence. The one rule that every policy ends with is `conflict-check`: what no rule
 * decided is for a person.
 */
export const usualPrecedence: z.input<typeof precedenceRule>[] = [
  { name: 'same-deal-twice', against: ['registration'], samePartner: true, ruling: 'merge' },
  { name: 'first-in-time', against: ['registration'], samePartner: false, ruling: 'first-in-time' },
  {
    name: 'incumbent-renews',
    against: ['customer'],
    when: { dealTypes: ['renewal', 'expansion'] },
    incumbent: true,
    ruling: 'clear',
  },
  { name: 'own-lead', against: ['lead', 'overlap'], samePartner: true, match: 'any', ruling: 'clear' },
]
