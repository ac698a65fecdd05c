/** A command that does something: it takes `--json` and `--verbose` like all others, and shows examples in its help. */
import { InvalidArgumentError, type Command } from 'commander'

export function leaf(
  parent: Command,
  spec: string,
  description: string,
  examples: string[] = [],
  { isDefault = false }: { isDefault?: boolean } = {},
): Command {
  const command = parent
    .command(spec, { isDefault })
    .description(description)
    .option('--json', 'print the answer as JSON')
    .option('--verbose', 'show what went wrong inside, with its stack')
  if (examples.length > 0) {
    command.addHelpText(
      'after',
      `\nExamples:\n${examples.map((example) => `  $ ${example.includes('causeway ') ? example : `causeway ${example}`}`).join('\n')}`,
    )
  }
  if (isDefault) defaults.set(parent, command)
  return command
}

const defaults = new WeakMap<Command, Command>()

/** What a group of commands does when none of them is named; undefined when it does nothing then. */
export function defaultOf(group: Command): Command | undefined {
  return defaults.get(group)
}

/** A whole number of an option, for commander. */
export function wholeNumber(text: string): string {
  if (/^\d{1,9}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a whole number.')
}
