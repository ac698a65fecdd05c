/** By what commands a task is decided. */
import type { TaskKind } from '../../domain/task-kinds.ts'

export function commandsFor(kind: TaskKind, taskId: string): string[] {
  const reasoned = (verb: string) => `  causeway tasks ${verb} ${taskId} --reason "…"`
  const plain = (verb: string) => `  causeway tasks ${verb} ${taskId}`
  switch (kind) {
    case 'review-direct-deal':
      return [reasoned('release'), plain('reassign'), plain('co-sell')]
    case 'rule-conflict':
      return ['ours', 'partner', 'split', 'no-conflict'].map(
        (ruling) => `  causeway conflicts rule ${taskId} ${ruling}`,
      )
    default:
      return [plain('approve'), reasoned('decline')]
  }
}
