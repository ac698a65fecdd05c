import type { RegistrationStep } from '../src/domain/registration.ts'
import { steps } from '../src/process/registration-steps.ts'
import { registrationTurn } from '../src/process/registration-turn.ts'
import { next, take, type Instruction } from '../src/process/step.ts'
import type { Turn } from '../src/process/turn.ts'
import type { ActivityDeps } from './deps.ts'
import { onTheSpot } from './on-the-spot.ts'

type StepActivities = Record<RegistrationStep, (registrationId: string) => Promise<Instruction>>

export interface RegistrationActivities extends StepActivities {
  /** Takes every step that is due, and answers how long to wait then. */
  turn(registrationId: string): Promise<Turn>
  next(registrationId: string): Promise<Instruction>
}

/** Beside the turn one activity a step: executions that began before there were turns go on by them. */
export function registrationActivities(
  { db, programme, kick }: ActivityDeps,
  patience = onTheSpot(),
): RegistrationActivities {
  const step =
    (name: RegistrationStep) =>
    async (registrationId: string): Promise<Instruction> => {
      const instruction = await take(db, programme, registrationId, name, steps[name])
      kick()
      return instruction
    }
  return {
    async turn(registrationId) {
      const turn = await registrationTurn(db, programme, registrationId, { kick, patience })
      kick()
      return turn
    },
    async next(registrationId) {
      const instruction = await next(db, programme, registrationId)
      kick()
      return instruction
    },
    receive: step('receive'),
    screen: step('screen'),
    remind: step('remind'),
    escalate: step('escalate'),
    approve: step('approve'),
    decline: step('decline'),
    rescreen: step('rescreen'),
    proposeChange: step('proposeChange'),
    settleChange: step('settleChange'),
    conclude: step('conclude'),
    rejudge: step('rejudge'),
    askInfo: step('askInfo'),
    remindInfo: step('remindInfo'),
    resume: step('resume'),
    closeInfo: step('closeInfo'),
    remindExpiry: step('remindExpiry'),
    win: step('win'),
    lose: step('lose'),
    reopen: step('reopen'),
    winLate: step('winLate'),
    creditLate: step('creditLate'),
    refuseLate: step('refuseLate'),
    follow: step('follow'),
    confirm: step('confirm'),
    offboard: step('offboard'),
    askOffboard: step('askOffboard'),
    merge: step('merge'),
    askExtension: step('askExtension'),
    extend: step('extend'),
    refuseExtension: step('refuseExtension'),
    lapse: step('lapse'),
    revoke: step('revoke'),
    withdraw: step('withdraw'),
  }
}
