/** A command that does something: it takes `--json` and `--verbose` like all others, and shows examples in its help. */
import { InvalidArgumentError, type Command } from 'commander'

export function leaf(parent: Command, spec: string, description: string, examples: string[] = []): Command {
  const command = parent
    .command(spec)
    .description(description)
    .option('--json', 'print the answer as JSON')
    .option('--verbose', 'show what went wrong inside, with its stack')
  if (examples.length > 0) {
    command.addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  $ ${example.includes('causeway ') ? example : `causeway ${example}`}`).join('\n')}`,
    )
  }
  return command
}

/** A whole number of an option, for commander. */
export function wholeNumber(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a whole number.')
}
