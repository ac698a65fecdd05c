/** Prints an answer: whole as JSON for programs, or the lines that a person reads. */
import type { CliContext, CommonOptions } from './context.ts'

export function answer(context: CliContext, options: CommonOptions, whole: unknown, lines: () => string): void {
  context.out(options.json === true ? JSON.stringify(whole, null, 2) : lines())
}
