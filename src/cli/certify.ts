/** `causeway certify`: what a vendor's real account really does. */
import { InvalidArgumentError, type Command } from 'commander'
import { answer } from './answer.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { table } from './print.ts'

export function certifyCommands(program: Command, context: () => CliContext): void {
  leaf(
    program,
    'certify <connection>',
    'try each capability of a connection with marked records, and remove them again',
    ['certify sales', 'certify portal --objects deals,leads --json'],
  )
    .option('--objects <names>', 'only these objects of the vendor', names)
    .action(async (connection: string, options: CommonOptions & { objects?: string[] }) => {
      const ctx = context()
      const { env, colour } = ctx
      const [{ certifyConnection }, { isCertified }, { loadConfig }, { checkSettings }] = await Promise.all([
        import('../runtime/certify/open.ts'),
        import('../runtime/certify/report.ts'),
        import('../runtime/config/load.ts'),
        import('../runtime/compose.ts'),
      ])
      const stop = new AbortController()
      // Ctrl-C ends the trials; what was made is removed all the same.
      process.once('SIGINT', () => stop.abort())
      const report = await certifyConnection(loadConfig(env.configFile, env.all, checkSettings), {
        connection,
        objects: options.objects,
        signal: stop.signal,
        say: ({ object, what, result }) => {
          if (process.stderr.isTTY) process.stderr.write(`${object ?? connection}: ${what}: ${result}\n`)
        },
      })
      answer(ctx, options, report, () =>
        [
          table(
            ['OBJECT', 'TRIED', 'RESULT', 'MS', 'SEEN'],
            report.steps.map((s) => [s.object ?? '', s.what, s.result, s.ms, s.seen]),
            colour,
          ),
          ...report.steps.flatMap(({ setting, what }) =>
            setting === null ? [] : [`Set because of ${what}: ${JSON.stringify(setting)}`],
          ),
          report.left.length === 0
            ? 'Every marked record was removed again.'
            : `Left behind, to be removed by hand: ${report.left.join(', ')}`,
        ].join('\n'),
      )
      if (!isCertified(report)) process.exitCode = 1
    })
}

function names(text: string): string[] {
  const given = text.split(',').map((name) => name.trim())
  if (given.includes('')) throw new InvalidArgumentError('Expected names with commas between them.')
  return given
}
