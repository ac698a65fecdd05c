/** `causeway init`: from nothing to the first synced partner, step by step; each step shows the command that does the same by hand. */
import { InvalidArgumentError, type Command } from 'commander'
import type { CliContext } from '../context.ts'
import { leaf } from '../leaf.ts'
import type { MakeProgram } from './hand.ts'
import type { InitOptions } from './walk.ts'

/** @param makeProgram the whole command, for the steps that are its commands */
export function initCommands(program: Command, context: () => CliContext, makeProgram: MakeProgram): void {
  leaf(program, 'init', 'set Causeway up, step by step: connect, check, make what is missing, map, preview, go live', [
    'init --sandbox',
    'init --sandbox --yes',
    'init --yes --vendors partnerstack,hubspot --set portal.publicKey=pk_1 --set portal.secretKey=file:/run/secrets/portal --set growth.accessToken=env:HUBSPOT_TOKEN',
  ])
    .option('--yes', 'ask nothing: every answer is a flag or has a default')
    .option('--sandbox', 'against the stand-ins, which are started if none run')
    .option('--any-port', 'stand-ins of its own at any free ports')
    .option('--vendors <names>', 'the systems, by the names of their vendors', names)
    .option(
      '--set <connection.setting=value>',
      'an answer; a secret is best env:NAME or file:/path, else it is put into a file of the data folder',
      assigned,
      {},
    )
    .option('--approver <address>', 'who decides when a partner has no manager')
    .option('--fresh', 'begin anew, whatever an earlier start remembers; causeway.yaml and secrets are written again')
    .addHelpText('after', '\nWhat was answered is kept, without secrets: the next start goes on where this one ended.')
    .action(async (options: InitOptions) => {
      // The connectors are loaded by those who need them: any other command starts at once.
      const { guide } = await import('./guide.ts')
      await guide(context(), options, makeProgram)
    })
}

function names(text: string): string[] {
  return text.split(',').map((given) => given.trim())
}

function assigned(text: string, before: Record<string, string>): Record<string, string> {
  const [, key, value] = /^([a-z][a-z0-9-]*\.[A-Za-z]\w*)=(.+)$/s.exec(text) ?? []
  if (key === undefined || value === undefined)
    throw new InvalidArgumentError('Expected <connection>.<setting>=<value>.')
  return { ...before, [key]: value }
}
