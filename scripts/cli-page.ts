/** Writes docs/reference/cli.md from the tree of commands; run it after a change to src/cli. */
import type { Command } from 'commander'
import { createProgram } from '../src/cli/program.ts'
import { writePage } from './page.ts'

export function cliPage(): string {
  const program = createProgram(() => {
    throw new Error('no command is run to document it')
  })
  return `# The command line

\`npm run causeway -- <command>\` in this folder, or \`causeway <command>\` where it is installed.

Commands that read and change data talk to a running Causeway over its API: the one of the data folder, or the one that
\`CAUSEWAY_URL\` and \`CAUSEWAY_API_KEY\` name. \`start\`, \`serve\`, \`worker\`, \`config check\` and \`doctor\` read the configuration
themselves. Ids may be shortened to a beginning that only one record has.

Every command takes \`--json\` (the whole answer for programs), \`--verbose\` (stacks) and \`--help\`.
Exit codes: 0 done, 1 failed, 2 not understood.

| variable | meaning |
|---|---|
${variables.map(([name, meaning]) => `| \`${name}\` | ${meaning} |`).join('\n')}

${leaves(program).map(section).join('\n\n')}

This page is made from the commands themselves by \`scripts/cli-page.ts\`.
`
}

const variables = [
  ['CAUSEWAY_CONFIG', 'the configuration file; `./causeway.yaml` unless set'],
  ['CAUSEWAY_DATA', 'the data folder; `./.causeway` unless set'],
  ['CAUSEWAY_URL, CAUSEWAY_API_KEY', 'a running Causeway elsewhere'],
  ['CAUSEWAY_SECRET_KEY', '32 bytes in base64 that seal tokens at rest; made and kept in the data folder unless set'],
  ['CAUSEWAY_LOG, CAUSEWAY_LOG_FORM', 'debug, info (default), warn or error; json or text'],
  ['DATABASE_URL', 'a PostgreSQL 18 of your own in place of the embedded one'],
  ['TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …', 'a Temporal server of your own, by Temporal’s standard variables'],
  ['TEMPORAL_CLI_PATH, CAUSEWAY_CACHE', 'the Temporal CLI to use, and where a downloaded one is kept'],
] as const

/** Every command that does something, in the order of the help. */
function leaves(command: Command): Command[] {
  return command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)
}

function section(command: Command): string {
  const options = command.options.filter(({ long }) => long !== '--json' && long !== '--verbose')
  const rows = options.map(({ flags, description, defaultValue, mandatory }) => {
    const usual = typeof defaultValue === 'string' ? ` (default \`${defaultValue}\`)` : ''
    return `| \`${flags}\` | ${description}${usual}${mandatory ? '; required' : ''} |`
  })
  const table = rows.length === 0 ? [] : ['', '| option | meaning |', '|---|---|', ...rows]
  const examples = examplesOf(command)
  const shown = examples === '' ? [] : ['', '```sh', examples, '```']
  return [`## \`${pathOf(command)}\``, '', sentence(command.description()), ...table, ...shown].join('\n')
}

function pathOf(command: Command): string {
  const usage = command.registeredArguments.map((argument) =>
    argument.required ? `<${argument.name()}>` : `[${argument.name()}]`,
  )
  const names: string[] = []
  for (let c: Command | null = command; c !== null; c = c.parent) names.unshift(c.name())
  return [...names, ...usage].join(' ')
}

/** The examples stand in the text that follows the help; it is written out to read them. */
function examplesOf(command: Command): string {
  let help = ''
  command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp()
  const [, examples = ''] = help.split('\nExamples:\n')
  return examples
    .split('\n')
    .flatMap((line) => (line.startsWith('  $ ') ? [line.slice(4)] : []))
    .join('\n')
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
}

if (import.meta.main) await writePage('cli.md', cliPage())
