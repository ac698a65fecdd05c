import type { RegistrationStep } from '../src/domain/registration.ts'
import { steps } from '../src/process/registration-steps.ts'
import { next, take, type Instruction } from '../src/process/step.ts'
import type { ActivityDeps } from './deps.ts'

type StepActivities = Record<RegistrationStep, (registrationId: string) => Promise<Instruction>>

export interface RegistrationActivities extends StepActivities {
  next(registrationId: string): Promise<Instruction>
}

/** One activity a step, so that the workflow's history can be read by a person. */
export function registrationActivities({ db, programme, kick }: ActivityDeps): RegistrationActivities {
  const step =
    (name: RegistrationStep) =>
    async (registrationId: string): Promise<Instruction> => {
      const instruction = await take(db, programme, registrationId, name, steps[name])
      kick()
      return instruction
    }
  return {
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
