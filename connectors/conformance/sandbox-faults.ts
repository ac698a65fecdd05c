import type { ControlClient } from '../../sandbox/control-client.ts'
import type { FaultInput } from '../../sandbox/framework/faults.ts'
import type { InjectedFault, Subject } from './subject.ts'

/**
 * `inject` and `clearFaults` of a subject over a sandbox's control API. `routes` names the vendor's routes of each class as faults
 * do (`GET *`, `PATCH /api/v2/deals/*`); with several, the fault strikes each of them so often.
 */
export function sandboxFaults(
  control: ControlClient,
  routes: { read: string[]; write: string[] },
): Pick<Subject, 'inject' | 'clearFaults'> {
  return {
    async inject(fault, on) {
      for (const route of routes[on.class]) await control.faults.add({ route, times: on.times, ...faultInput(fault) })
    },
    clearFaults: () => control.faults.clear(),
  }
}

function faultInput(fault: InjectedFault): FaultInput {
  switch (fault.kind) {
    case 'reset':
      return { kind: fault.part === 'body' ? 'reset-mid-body' : 'reset-before-headers', when: fault.when }
    case 'stall':
      return { kind: fault.part === 'body' ? 'stall' : 'stall-before-headers', when: fault.when }
    case 'status':
    case 'html':
      return { kind: fault.kind, status: fault.status, when: fault.when }
    case 'throttle':
      return { kind: 'throttle', ...(fault.retryAfterS !== null && { retryAfter: fault.retryAfterS }) }
  }
}
