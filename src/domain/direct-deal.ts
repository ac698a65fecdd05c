/** The review of a direct deal that was opened at a registered account, as rules: the row and the instant say what comes next. */
import { earliest, type Instant } from './time.ts'

/** `found`: nobody was told yet. All but the first two are ends. */
export const directReviewStates = ['found', 'in-review', 'released', 'reassigned', 'co-sell', 'ended'] as const
export type DirectReviewState = (typeof directReviewStates)[number]

/** What a person, or the policy's default, decides. */
export type DirectRuling = 'release' | 'reassign' | 'co-sell'

/** Why a review ends without a ruling. */
export const reviewEnds = [
  'judged-with-claim',
  'registration-ended',
  'deal-closed',
  'deal-gone',
  'deal-moved',
  'deal-registered',
  'review-off',
] as const
export type ReviewEnd = (typeof reviewEnds)[number]

/** What the rule needs to know; deadlines were fixed from policy when the manager was asked. */
export interface DirectReviewFacts {
  state: DirectReviewState
  /** Its CRM is only observed: nothing follows from it before that one's go-live. */
  observed: boolean
  /** The policy reviews direct deals. */
  on: boolean
  /** The registration is open, or approved; until when, if that is known. */
  registered: boolean
  /** The claim was checked: whatever direct deals were known by then stand among its findings. */
  screened: boolean
  /** This deal is one of them, so that whoever judged the claim has judged it. */
  judged: boolean
  protectedUntil: Instant | null
  deal: {
    status: 'open' | 'won' | 'lost'
    /** The CRM deleted it, or merged it into another. */
    gone: boolean
    atAccount: boolean
    /** It is the partner's by now. */
    registered: boolean
  }
  hold: {
    /** The CRM shows the deal as held. */
    isThere: boolean
    /** The deal's stage is another one than when it was held. */
    isMoved: boolean
    /** Whether it may be set back once more. */
    mayForce: boolean
  }
  /** The deal's owner was not read yet when they were to be told; whether they are by now, and how long they are waited for. */
  rep: { isKnown: boolean; awaitedUntil: Instant } | null
  task: { state: 'open' | 'decided' | 'expired' | 'cancelled'; decision: string | null } | null
  remindAt: Instant | null
  escalateAt: Instant | null
  concludeAt: Instant | null
}

export type DirectReviewStep =
  'alert' | 'tellRep' | 'ask' | 'remind' | 'escalate' | 'conclude' | 'follow' | 'setBack' | 'letGo' | 'rule' | 'close'

export type NextReview = { do: DirectReviewStep } | { do: 'wait'; until: Instant | null } | { do: 'end' }

/**
 * What the review of a direct deal needs next. Pure: the same row at the same instant gives the same answer.
 *
 * A ruling comes before everything that may have happened since. A deal that was moved while its CRM did not show it as held yet has
 * just another stage; from then on it is set back.
 */
export function nextReviewStep(r: DirectReviewFacts, now: Instant): NextReview {
  if (isOver(r.state)) return { do: 'end' }
  if (r.observed) return { do: 'wait', until: null }
  if (rulingOf(r.task?.decision ?? null) !== null) return { do: 'rule' }
  if (endOf(r, now) !== null) return { do: 'close' }
  if (r.state === 'found') return r.screened ? { do: 'alert' } : { do: 'wait', until: null }
  if (r.rep?.isKnown === true) return { do: 'tellRep' }
  // Whom the rep reports to is not known before the rep is.
  if (r.task === null && r.rep !== null && now < r.rep.awaitedUntil) return { do: 'wait', until: r.rep.awaitedUntil }
  if (r.task === null) return { do: 'ask' }
  if (r.hold.isMoved) return { do: !r.hold.isThere ? 'follow' : r.hold.mayForce ? 'setBack' : 'letGo' }
  if (due(r.concludeAt, now)) return { do: 'conclude' }
  if (due(r.escalateAt, now)) return { do: 'escalate' }
  if (due(r.remindAt, now)) return { do: 'remind' }
  return { do: 'wait', until: earliest(r.remindAt, r.escalateAt, r.concludeAt, r.protectedUntil) }
}

/** Why the review is over without a ruling; null: it goes on. A won deal that is held is set back, and a lost one is lost. */
export function endOf(r: DirectReviewFacts, now: Instant): ReviewEnd | null {
  if (!r.on) return 'review-off'
  if (r.state === 'found' && r.judged) return 'judged-with-claim'
  if (!r.registered || due(r.protectedUntil, now)) return 'registration-ended'
  if (r.deal.gone) return 'deal-gone'
  if (r.deal.registered) return 'deal-registered'
  if (!r.deal.atAccount) return 'deal-moved'
  const isForced = r.hold.isMoved && r.hold.isThere && r.hold.mayForce
  if (r.deal.status === 'lost' || (r.deal.status === 'won' && !isForced)) return 'deal-closed'
  return null
}

export function rulingOf(decision: string | null): DirectRuling | null {
  return decision === 'release' || decision === 'reassign' || decision === 'co-sell' ? decision : null
}

/** The state that a ruling ends in. */
export const endsIn = {
  release: 'released',
  reassign: 'reassigned',
  'co-sell': 'co-sell',
} as const satisfies Record<DirectRuling, DirectReviewState>

export function isOver(state: DirectReviewState): boolean {
  switch (state) {
    case 'found':
    case 'in-review':
      return false
    case 'released':
    case 'reassigned':
    case 'co-sell':
    case 'ended':
      return true
  }
}

function due(at: Instant | null, now: Instant): boolean {
  return at !== null && now >= at
}
