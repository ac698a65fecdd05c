import { errors } from '../../src/errors.ts'
import type { ConnectorError, Fault, Outcome } from '../contract.ts'

/** What a failed call means for one of the records that it carried. */
export function outcomeOfError(ref: string, error: ConnectorError, size: number): Outcome {
  const { fault } = error
  if (error.effect === 'maybe') return { ref, status: 'unclear', fault }
  if (errors[fault.code].class !== 'record') return { ref, status: 'retry', fault }
  // A refusal of the whole call says nothing of its records, unless it carried just one.
  return { ref, status: 'rejected', fault: scoped(fault, size === 1 ? 'record' : 'batch') }
}

export const scoped = (fault: Fault, scope: Fault['scope']): Fault => ({ ...fault, scope })
