/** The command line as a tree, for tests that hold what others write against it. Nothing is run. */
import type { Command } from 'commander'
import { defaultOf } from '../../src/cli/leaf.ts'
import { createProgram } from '../../src/cli/program.ts'

const program = createProgram(() => {
  throw new Error('no command is run here')
})

/** The names that start a program's subcommands, such as `serve` and `tasks`. */
export const commandNames: string[] = program.commands.map((command) => command.name())

/**
 * Why the words after `causeway` are no command with its options and arguments; null when they are.
 *
 * @param words such as `['tasks', 'decline', '019ab3f2', '--reason', 'why']`
 */
export function faultOfCommand(words: readonly string[]): string | null {
  let command: Command = program
  const rest = [...words]
  for (let next = named(command, rest[0]); next !== undefined; next = named(command, rest[0])) {
    command = next
    rest.shift()
  }
  if (command === program && rest.length === 1 && program.options.some((o) => o.long === rest[0])) return null
  if (rest[0] === undefined || rest[0].startsWith('-')) command = defaultOf(command) ?? command
  if (command.commands.length > 0) return `"${words.join(' ')}" names no command`
  let given = 0
  while (rest.length > 0) {
    const word = rest.shift() ?? ''
    if (!word.startsWith('-')) given += 1
    else {
      const [flag = '', value] = word.split('=', 2)
      const option = command.options.find((o) => o.long === flag || o.short === flag)
      if (option === undefined) return `${command.name()} has no option ${flag}`
      if (option.required && value === undefined && rest.shift() === undefined) return `${flag} needs a value`
    }
  }
  const { registeredArguments } = command
  if (given < registeredArguments.filter((a) => a.required).length) return `${command.name()} needs an argument`
  return given > registeredArguments.length ? `${command.name()} takes fewer arguments` : null
}

function named(command: Command, name: string | undefined): Command | undefined {
  return command.commands.find((candidate) => candidate.name() === name)
}
