/** What is said to the users of a CRM who decide there. */
import { taskDecisions, type Actor, type TaskDecision } from '../domain/task-kinds.ts'
import type { RecordKind } from '../domain/records.ts'
import { errors, CausewayError } from '../errors.ts'
import type { System } from '../mapping/systems.ts'

/** What follows everything that could not be. */
export const again = 'Nothing was decided. Please choose again.'

/** The outcome that was chosen; undefined where it is none of ours. */
export function outcomeOf(chosen: string): TaskDecision | undefined {
  return taskDecisions.find((one) => one === chosen)
}

/** How the CRM calls an outcome on its records of this kind. */
export function labelOf(system: System, kind: RecordKind, outcome: TaskDecision): string {
  const fields = system.mappings.flatMap((mapping) => (mapping.kind === kind ? mapping.fields : []))
  return fields.find(({ field }) => field === 'decision')?.values?.[outcome] ?? outcome
}

/** Who decides in a CRM. Nobody in person where it does not tell who, which is refused like any decision without authority. */
export function userOf({ name }: System, email: string | null): Actor {
  return { label: email ?? name, email, door: 'crm' }
}

/** Why a decision was refused, as its user is told it. Whatever else went wrong is thrown on. */
export function refusalIn(error: unknown): CausewayError {
  if (!(error instanceof CausewayError) || errors[error.code].class !== 'request') throw error
  return error
}
