/** By what commands a task is decided; an answer that has to be explained shows where. */
import { taskKinds, type TaskKind } from '../../domain/task-kinds.ts'

export function commandsFor(kind: TaskKind, taskId: string): string[] {
  return Object.entries(taskKinds[kind].decisions).map(
    ([decision, reason]) => `causeway tasks ${decision} ${taskId}${reason === 'needed' ? explained(decision) : ''}`,
  )
}

function explained(decision: string): string {
  return decision === 'ask-info' ? ' --question "…"' : ' --reason "…"'
}
