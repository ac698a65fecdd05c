/** Asks before something that is not easily taken back. A script says `--yes`. */
import { CausewayError } from '../errors.ts'
import type { CliContext } from './context.ts'

/** @throws CW_REQUEST_INVALID when nobody sits at the terminal and `--yes` was not given */
export async function isConfirmed(ctx: CliContext, options: { yes?: boolean }, question: string): Promise<boolean> {
  if (options.yes === true) return true
  if (ctx.ask === null)
    throw new CausewayError('CW_REQUEST_INVALID', `${question} Nobody sits at a terminal to be asked: say --yes`)
  return /^y(es)?$/i.test((await ctx.ask(`${question} [y/N] `)).trim())
}
