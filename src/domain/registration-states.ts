/**
 * The life of a claim as a table: which step leads from which state to which, and who may cause it. What is not a row here does not
 * happen: a wish that is none is refused by name, and a step of the process that left the table would be thrown out with its
 * transaction. `docs/reference/registration-states.md` is made from it. One file, for it is one table: a row says who, from where, to where
 * and what people read of it.
 */
import type { Audience } from './notice.ts'
import type { RegistrationState } from './records.ts'

/** Who makes a step happen: the clocks and rules of the process, a person at the partner or of ours, or what a vendor's system says. */
export const causes = ['system', 'partner', 'approver', 'manager', 'crm', 'portal'] as const
export type Cause = (typeof causes)[number]

export interface Transition {
  from: RegistrationState
  step: string
  to: RegistrationState
  by: readonly Cause[]
  /** For people: what happened, and what follows. */
  says: string
  /** Which notices follow, and to whom; some only where there is something to tell. Whoever is asked to decide is told as a `manager`. */
  tells: Readonly<Record<string, readonly Audience[]>>
}

/** The states whose process still runs; also the claims that stand against a later one. */
export const openStates = [
  'submitted',
  'screening',
  'in-review',
  'info-requested',
  'approved',
] as const satisfies RegistrationState[]

/** Whether its process still runs. */
export function isOpen(state: RegistrationState): boolean {
  return openStates.some((open) => open === state)
}

/** In the order of a life. A step that keeps its state is a row too: it happens in that state and in no other. */
export const transitions = [
  {
    from: 'submitted',
    step: 'receive',
    to: 'screening',
    by: ['system'],
    says: 'The claim was heard of. It waits until every portal and CRM was read far enough to compare it.',
    tells: {},
  },
  {
    from: 'screening',
    step: 'screen',
    to: 'in-review',
    by: ['system'],
    says: 'It was compared with everything known, and a person is asked: a task with its clock.',
    tells: {
      'task.opened': ['manager'],
      'conflict.found': ['partner', 'manager'],
      'conflict.detected': ['partner', 'manager'],
    },
  },
  {
    from: 'screening',
    step: 'screen',
    to: 'approved',
    by: ['system'],
    says: 'Nothing stands against it and a rule of the policy approves it.',
    tells: {
      'registration.approved': ['partner', 'manager'],
      'conflict.decided': ['manager'],
      'conflict.found': ['partner', 'manager'],
      'conflict.detected': ['partner', 'manager'],
    },
  },
  {
    from: 'screening',
    step: 'screen',
    to: 'merged',
    by: ['system'],
    says: 'The same partner has registered the same company before: it goes on in that claim, and both portals are told.',
    tells: { 'registration.merged': ['partner'] },
  },
  {
    from: 'screening',
    step: 'screen',
    to: 'declined',
    by: ['system'],
    says: 'Another claim or a rule of the policy stands before it; the partner is told the rule.',
    tells: {
      'registration.declined': ['partner', 'manager'],
      'conflict.found': ['partner', 'manager'],
      'conflict.detected': ['partner', 'manager'],
    },
  },
  {
    from: 'screening',
    step: 'rescreen',
    to: 'screening',
    by: ['partner', 'portal'],
    says: 'What it claims was changed: it is screened as it says now.',
    tells: {},
  },
  {
    from: 'in-review',
    step: 'rescreen',
    to: 'screening',
    by: ['partner', 'portal'],
    says: 'What it claims was changed: what was asked or decided of it is void, and it is screened as it says now.',
    tells: {},
  },
  {
    from: 'in-review',
    step: 'remind',
    to: 'in-review',
    by: ['system'],
    says: 'Whoever was asked is reminded of the task.',
    tells: { 'task.reminder': ['manager'] },
  },
  {
    from: 'in-review',
    step: 'escalate',
    to: 'in-review',
    by: ['system'],
    says: 'The decision is overdue: the next rung of the ladder is told. The task stays open.',
    tells: { 'task.escalated': ['manager', 'director'] },
  },
  {
    from: 'in-review',
    step: 'conclude',
    to: 'approved',
    by: ['system'],
    says: 'The ladder ended without a decision, and the policy approves then.',
    tells: { 'registration.approved': ['partner', 'manager'] },
  },
  {
    from: 'in-review',
    step: 'conclude',
    to: 'declined',
    by: ['system'],
    says: 'The ladder ended without a decision, and the policy declines then.',
    tells: { 'registration.declined': ['partner', 'manager'] },
  },
  {
    from: 'in-review',
    step: 'conclude',
    to: 'in-review',
    by: ['system'],
    says: 'The ladder ended without a decision, but a conflict is open that no rule may approve over: it waits for a person.',
    tells: {},
  },
  {
    from: 'in-review',
    step: 'approve',
    to: 'approved',
    by: ['approver'],
    says: 'A person approved it. The protection begins, and its deal is made in the CRM.',
    tells: { 'registration.approved': ['partner', 'manager'] },
  },
  {
    from: 'in-review',
    step: 'approve',
    to: 'in-review',
    by: ['approver'],
    says: 'A person approved it, but another claim on the company was protected meanwhile: it is asked again with that one beside it.',
    tells: { 'task.opened': ['manager'] },
  },
  {
    from: 'in-review',
    step: 'decline',
    to: 'declined',
    by: ['approver'],
    says: 'A person declined it with a reason, which the partner is told.',
    tells: { 'registration.declined': ['partner', 'manager'] },
  },
  {
    from: 'in-review',
    step: 'askInfo',
    to: 'info-requested',
    by: ['approver'],
    says: 'The approver needs to know more. The clock of the decision stops until the partner has answered.',
    tells: { 'info.requested': ['partner'] },
  },
  {
    from: 'info-requested',
    step: 'remindInfo',
    to: 'info-requested',
    by: ['system'],
    says: 'The partner is reminded of the question.',
    tells: { 'info.reminder': ['partner'] },
  },
  {
    from: 'info-requested',
    step: 'resume',
    to: 'in-review',
    by: ['partner', 'portal', 'manager'],
    says: 'The question is answered: the approver is asked again, and the clock goes on with what was left.',
    tells: { 'task.opened': ['manager'] },
  },
  {
    from: 'info-requested',
    step: 'rescreen',
    to: 'screening',
    by: ['partner', 'portal'],
    says: 'The question is answered and what it claims was changed: it is screened as it says now.',
    tells: {},
  },
  {
    from: 'info-requested',
    step: 'closeInfo',
    to: 'in-review',
    by: ['system'],
    says: 'The question was not answered in time: the approver decides with what is there.',
    tells: { 'task.opened': ['manager'] },
  },
  {
    from: 'info-requested',
    step: 'closeInfo',
    to: 'declined',
    by: ['system'],
    says: 'The question was not answered in time, and the policy declines for that.',
    tells: { 'registration.declined': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'remindExpiry',
    to: 'approved',
    by: ['system'],
    says: 'The partner and the account manager are reminded that the protection ends.',
    tells: { 'exclusivity.ending': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'askExtension',
    to: 'approved',
    by: ['partner', 'manager', 'crm'],
    says: 'A longer protection is asked for: a person decides, or the policy grants it.',
    tells: { 'extension.asked': ['manager'] },
  },
  {
    from: 'approved',
    step: 'extend',
    to: 'approved',
    by: ['approver', 'manager', 'system'],
    says: 'The protection lasts until a later instant; its reminders are set anew.',
    tells: { 'exclusivity.extended': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'refuseExtension',
    to: 'approved',
    by: ['approver'],
    says: 'The protection is not extended; it ends as it was.',
    tells: { 'extension.refused': ['partner'] },
  },
  {
    from: 'approved',
    step: 'revoke',
    to: 'revoked',
    by: ['manager', 'approver'],
    says: 'The approval is taken back with a reason, which the partner is told. The protection is over.',
    tells: { 'registration.revoked': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'proposeChange',
    to: 'approved',
    by: ['partner', 'portal'],
    says: 'A field that is locked since the approval was changed: it stays as it is, and a person is asked.',
    tells: { 'change.proposed': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'settleChange',
    to: 'approved',
    by: ['manager'],
    says: 'The change was accepted and is in force, or refused with a reason. The partner is told.',
    tells: { 'change.accepted': ['partner'], 'change.refused': ['partner'] },
  },
  {
    from: 'approved',
    step: 'win',
    to: 'won',
    by: ['crm'],
    says: 'The CRM says that the deal is won.',
    tells: { 'registration.won': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'lose',
    to: 'lost',
    by: ['crm'],
    says: 'The CRM says that the deal is lost.',
    tells: { 'registration.lost': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'lapse',
    to: 'lapsed',
    by: ['system'],
    says: 'The protection ended at its instant. Partner and account manager are told.',
    tells: { 'registration.lapsed': ['partner', 'manager'] },
  },
  ...(['in-review', 'info-requested'] as const).map((from) => ({
    from,
    step: 'rejudge' as const,
    to: from,
    by: ['system'] as const,
    says: 'The policy was edited and says that running clocks are judged anew: deadlines count from where they began.',
    tells: {},
  })),
  {
    from: 'approved',
    step: 'rejudge',
    to: 'approved',
    by: ['system'],
    says: 'The policy was edited and says that running clocks are judged anew: the protection lasts as if it had been so from its start.',
    tells: { 'exclusivity.rejudged': ['partner', 'manager'] },
  },
  {
    from: 'approved',
    step: 'follow',
    to: 'approved',
    by: ['crm'],
    says: 'The deal was given to another account. Where that is another company a person is asked whether the claim stands.',
    tells: { 'claim.questioned': ['manager'] },
  },
  {
    from: 'approved',
    step: 'askOffboard',
    to: 'approved',
    by: ['system'],
    says: 'The partner left, and a person is asked whether the claim stands.',
    tells: { 'claim.questioned': ['manager'] },
  },
  {
    from: 'approved',
    step: 'confirm',
    to: 'approved',
    by: ['approver'],
    says: 'A person says that the claim stands, whatever changed.',
    tells: {},
  },
  {
    from: 'approved',
    step: 'offboard',
    to: 'revoked',
    by: ['system'],
    says: 'The partner left, and the policy ends what is protected.',
    tells: { 'registration.revoked': ['partner', 'manager'] },
  },
  ...(['screening', 'in-review', 'info-requested'] as const).map((from) => ({
    from,
    step: 'offboard' as const,
    to: 'declined' as const,
    by: ['system'] as const,
    says: 'The partner left, and the policy ends what is undecided.',
    tells: { 'registration.declined': ['partner', 'manager'] } as const,
  })),
  ...(['in-review', 'info-requested'] as const).map((from) => ({
    from,
    step: 'merge' as const,
    to: 'merged' as const,
    by: ['system'] as const,
    says: 'An earlier claim of the same partner on the same company was heard of later: this one goes on in it.',
    tells: { 'registration.merged': ['partner'] } as const,
  })),
  ...(['won', 'lost'] as const).flatMap((from) => [
    {
      from,
      step: 'reopen' as const,
      to: 'approved' as const,
      by: ['crm'] as const,
      says: 'The CRM opened the deal again while its protection lasts. A person is asked whether the claim stands.',
      tells: { 'registration.reopened': ['partner', 'manager'], 'claim.questioned': ['manager'] } as const,
    },
    {
      from,
      step: 'reopen' as const,
      to: 'lapsed' as const,
      by: ['crm'] as const,
      says: 'The CRM opened the deal again after its protection had ended.',
      tells: { 'registration.reopened': ['partner', 'manager'] } as const,
    },
  ]),
  {
    from: 'won',
    step: 'lose',
    to: 'lost',
    by: ['crm'],
    says: 'The CRM corrects itself: the deal is lost.',
    tells: { 'registration.lost': ['partner', 'manager'] },
  },
  {
    from: 'lost',
    step: 'win',
    to: 'won',
    by: ['crm'],
    says: 'The CRM corrects itself: the deal is won.',
    tells: { 'registration.won': ['partner', 'manager'] },
  },
  {
    from: 'lapsed',
    step: 'winLate',
    to: 'won',
    by: ['crm'],
    says: 'The deal was won: before the protection ended and heard of later, or after it where the policy credits that.',
    tells: { 'registration.won': ['partner', 'manager'] },
  },
  {
    from: 'lapsed',
    step: 'winLate',
    to: 'lapsed',
    by: ['crm'],
    says: 'The deal was won after the protection had ended: it does not count for the partner, or a person is asked.',
    tells: { 'claim.questioned': ['manager'], 'registration.not-credited': ['partner', 'manager'] },
  },
  {
    from: 'lapsed',
    step: 'creditLate',
    to: 'won',
    by: ['approver'],
    says: 'A person credits the late win to the partner.',
    tells: { 'registration.won': ['partner', 'manager'] },
  },
  {
    from: 'lapsed',
    step: 'refuseLate',
    to: 'lapsed',
    by: ['approver'],
    says: 'A person does not credit the late win; the partner is told the reason.',
    tells: { 'registration.not-credited': ['partner', 'manager'] },
  },
  ...ofOpen({
    step: 'withdraw',
    to: 'withdrawn',
    by: ['partner', 'portal'],
    says: 'The partner took it back, in the portal or here.',
    tells: { 'registration.withdrawn': ['manager'] },
  }),
] as const satisfies readonly Transition[]

/** The same row for every state in which the process runs. */
function ofOpen<const Row extends Omit<Transition, 'from'>>(row: Row): (Row & { from: (typeof openStates)[number] })[] {
  return openStates.map((from) => ({ ...row, from }))
}

export type TransitionStep = (typeof transitions)[number]['step']

/** The rows that begin in this state. */
export function legalFrom(state: RegistrationState): readonly Transition[] {
  return transitions.filter(({ from }) => from === state)
}

/** Whether the step may be taken there, wherever it leads. */
export function isLegal(from: RegistrationState, step: string): boolean {
  return legalFrom(from).some((row) => row.step === step)
}

/** Whether the step may lead from the one state to the other. */
export function leadsTo(from: RegistrationState, step: string, to: RegistrationState): boolean {
  return legalFrom(from).some((row) => row.step === step && row.to === to)
}
