/** What the guided set-up is told, and what each of its steps works with. */
import type { CausewayError } from '../../errors.ts'
import type { CliContext, CommonOptions } from '../context.ts'
import type { Ask } from './ask.ts'
import type { Progress } from './progress.ts'

export interface InitOptions extends CommonOptions {
  yes?: boolean
  sandbox?: boolean
  anyPort?: boolean
  vendors?: string[]
  set: Record<string, string>
  approver?: string
  fresh?: boolean
}

/** What every step works with. */
export interface Walk {
  ctx: CliContext
  ask: Ask
  options: InitOptions
  progress: Progress
  /** Keeps what is known so far, so that the next start goes on from here. */
  keep(): Promise<void>
  /** Runs a command, and shows it with what it said. */
  show(...args: string[]): Promise<{ exit: number; out: string; failure: CausewayError | null }>
  /** Runs a command for its JSON. */
  read(...args: string[]): Promise<unknown>
}
