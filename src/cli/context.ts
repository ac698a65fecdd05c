/** What every command is given: the environment, where to print, and whether as JSON. */
import type { Environment } from '../runtime/environment.ts'

export interface CliContext {
  env: Environment
  out: (text: string) => void
  err: (text: string) => void
  /** Colours only for a person's eyes. */
  colour: boolean
  /** Asks the person at the terminal and answers what was typed; null: nobody sits there. */
  ask: ((question: string) => Promise<string>) | null
}

/** Options that every command takes. */
export interface CommonOptions {
  json?: boolean
  verbose?: boolean
}
