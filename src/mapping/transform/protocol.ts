/** What the runner and the process that evaluates tell each other. */
import type { Result } from './evaluator.ts'

/** Evaluations to be done in this order. The process answers in parts and stops after the first that it had to stop. */
export interface Batch {
  texts: string[]
  /** Which text, and its record as JSON. */
  tasks: [text: number, input: string][]
}

/** `ready` comes once, when the process can take batches. */
export type Answer = { ready: true } | { results: Result[] }

/** Only we write to each other: this tells a message from others that Node may send. */
export function isBatch(message: unknown): message is Batch {
  return typeof message === 'object' && message !== null && 'texts' in message && 'tasks' in message
}

export function isAnswer(message: unknown): message is Answer {
  return typeof message === 'object' && message !== null && ('ready' in message || 'results' in message)
}
