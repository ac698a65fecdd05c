/** Runs the commands that a person could type: the set-up does nothing that cannot be done by hand. */
import { CommanderError, type Command } from 'commander'
import { CausewayError } from '../../errors.ts'
import type { CliContext } from '../context.ts'

export type MakeProgram = (context: () => CliContext) => Command

export interface Done {
  /** The exit code that a terminal would see. */
  exit: number
  out: string
  /** Why it failed; null: it did not, or it only said so by its exit code. */
  failure: CausewayError | null
}

/** Runs a command and answers what it printed. Questions it would ask are answered by its flags. */
export async function byHand(makeProgram: MakeProgram, ctx: CliContext, args: string[]): Promise<Done> {
  const said: string[] = []
  const before = process.exitCode
  process.exitCode = 0
  try {
    const program = makeProgram(() => ({
      ...ctx,
      out: (text) => void said.push(text),
      err: (text) => void said.push(text),
      colour: false,
      ask: null,
    }))
    await program.parseAsync(['node', 'causeway', ...args])
    return { exit: exitCode(), out: said.join('\n'), failure: null }
  } catch (error) {
    if (error instanceof CommanderError) throw error
    if (!(error instanceof CausewayError)) throw error
    return { exit: 1, out: [...said, error.explain()].join('\n'), failure: error }
  } finally {
    process.exitCode = before
  }
}

/** What a command left behind; one that ended well may leave nothing. */
function exitCode(): number {
  return Number(process.exitCode ?? 0)
}
