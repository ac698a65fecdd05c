/** The process of a deal registration as rules: the row and the instant say what comes next. No clock, no I/O. */
import type { DealStatus, RegistrationState } from './records.ts'
import { isOpen, type TransitionStep } from './registration-states.ts'
import type { TaskDecision } from './task-kinds.ts'
import { earliest, type Instant } from './time.ts'

/** What the rule needs to know; deadlines were fixed from policy when the state began. */
export interface RegistrationFacts {
  state: RegistrationState
  /** Its portal is only observed: nothing follows from it before that one's go-live. */
  observed: boolean
  /** The partner took it back. */
  withdrawn: boolean
  /** A person took the approval back. */
  revoked: boolean
  /** Every portal is read past the submission, and every CRM recently enough. */
  covered: boolean
  screenBy: Instant | null
  /** The task of the present round. */
  task: { state: 'open' | 'decided' | 'expired' | 'cancelled'; decision: TaskDecision | null } | null
  /** It claims something else than it was screened by. */
  edited: boolean
  /** A change of what is locked stands: nobody was asked yet, or a person has decided. */
  proposal: 'new' | 'asked' | 'decided' | null
  remindAt: Instant | null
  escalateAt: Instant | null
  /** When the policy decides, because nobody did. */
  concludeAt: Instant | null
  /** The policy was edited since its clocks began, and says that they are judged anew. */
  rejudge: boolean
  /** While a question to the partner stands. */
  info: { answered: boolean; remindAt: Instant | null; until: Instant | null }
  expiryRemindAt: Instant | null
  protectedUntil: Instant | null
  /** What a wish for a longer protection needs next, and when it was made or decided. */
  extension: { next: ExtensionStep; since: Instant } | null
  dealStatus: DealStatus | null
  /** When its CRM says that the deal came to that status; null: it does not say. */
  dealClosedAt: Instant | null
  /** Its deal stands at another account than the claim knows. */
  dealMoved: boolean
  /** What a person said who was asked whether the claim stands. */
  confirm: 'keep' | 'revoke' | null
  /** What became of a win after the protection had ended. */
  lateWin: 'credited' | 'refused' | 'asked' | null
  /** Its partner left, and the policy ends such claims or has a person asked. */
  offboarded: 'end' | 'ask' | null
  /** The same partner's other claim that this one goes on in, and the rule of the policy that says so. */
  mergeInto: { into: string; rule: string } | null
}

type ExtensionStep = 'askExtension' | 'extend' | 'refuseExtension'

export type RegistrationStep = TransitionStep

export type Next = { do: RegistrationStep } | { do: 'wait'; until: Instant | null } | { do: 'end' }

/**
 * What a registration needs next.
 *
 * Pure: the same row at the same instant gives the same answer, so a lost worker or a lost Temporal server costs nothing.
 * A deal that closed before the protection ended counts as closed, however late it is heard of here; one that closed after it lapses
 * first, however late this is asked.
 */
export function nextStep(r: RegistrationFacts, now: Instant): Next {
  if (r.observed && isOpen(r.state)) return { do: 'wait', until: null }
  if (r.withdrawn && isOpen(r.state)) return { do: 'withdraw' }
  if (r.offboarded === 'end' && isOpen(r.state) && r.state !== 'submitted') return { do: 'offboard' }
  switch (r.state) {
    case 'submitted':
      return { do: 'receive' }
    case 'screening':
      if (r.edited) return { do: 'rescreen' }
      return r.covered || due(r.screenBy, now) ? { do: 'screen' } : { do: 'wait', until: r.screenBy }
    case 'in-review':
      if (r.mergeInto !== null) return { do: 'merge' }
      // A decision about what it claims no more is none.
      if (r.edited) return { do: 'rescreen' }
      if (r.task?.decision === 'approve') return { do: 'approve' }
      if (r.task?.decision === 'decline') return { do: 'decline' }
      if (r.task?.decision === 'ask-info') return { do: 'askInfo' }
      if (r.rejudge) return { do: 'rejudge' }
      if (due(r.concludeAt, now)) return { do: 'conclude' }
      if (due(r.escalateAt, now)) return { do: 'escalate' }
      if (due(r.remindAt, now)) return { do: 'remind' }
      return { do: 'wait', until: earliest(r.remindAt, r.escalateAt, r.concludeAt) }
    case 'info-requested':
      if (r.mergeInto !== null) return { do: 'merge' }
      if (r.rejudge) return { do: 'rejudge' }
      if (r.info.answered) return { do: r.edited ? 'rescreen' : 'resume' }
      if (due(r.info.until, now)) return { do: 'closeInfo' }
      if (due(r.info.remindAt, now)) return { do: 'remindInfo' }
      return { do: 'wait', until: earliest(r.info.remindAt, r.info.until) }
    case 'approved':
      if (r.revoked || r.confirm === 'revoke') return { do: 'revoke' }
      if (!closedLate(r, now) && r.dealStatus === 'won') return { do: 'win' }
      if (!closedLate(r, now) && r.dealStatus === 'lost') return { do: 'lose' }
      // What was wished or granted before the end counts, however late it is seen here.
      if (r.extension !== null && !due(r.protectedUntil, r.extension.since)) return { do: r.extension.next }
      if (due(r.protectedUntil, now)) return { do: 'lapse' }
      if (r.confirm === 'keep') return { do: 'confirm' }
      if (r.dealMoved) return { do: 'follow' }
      if (r.offboarded === 'ask') return { do: 'askOffboard' }
      if (r.rejudge) return { do: 'rejudge' }
      if (r.proposal === 'new') return { do: 'proposeChange' }
      if (r.proposal === 'decided') return { do: 'settleChange' }
      if (due(r.expiryRemindAt, now)) return { do: 'remindExpiry' }
      return { do: 'wait', until: earliest(r.expiryRemindAt, r.protectedUntil) }
    case 'won':
      if (r.dealStatus === 'lost') return { do: 'lose' }
      return r.dealStatus === 'open' ? { do: 'reopen' } : { do: 'end' }
    case 'lost':
      if (r.dealStatus === 'won') return { do: 'win' }
      return r.dealStatus === 'open' ? { do: 'reopen' } : { do: 'end' }
    case 'lapsed':
      if (r.dealStatus !== 'won') return { do: 'end' }
      if (r.lateWin === null) return { do: 'winLate' }
      if (r.lateWin === 'asked' && r.confirm === 'keep') return { do: 'creditLate' }
      return r.lateWin === 'asked' && r.confirm === 'revoke' ? { do: 'refuseLate' } : { do: 'end' }
    case 'declined':
    case 'withdrawn':
    case 'revoked':
    case 'merged':
      return { do: 'end' }
  }
}

/** Whether the deal closed after the protection had ended. A vendor's clock that is ahead ends none. */
function closedLate({ dealClosedAt, protectedUntil }: RegistrationFacts, now: Instant): boolean {
  return dealClosedAt !== null && due(protectedUntil, now) && due(protectedUntil, dealClosedAt)
}

function due(at: Instant | null, now: Instant): boolean {
  return at !== null && now >= at
}
