/** `causeway config` and `causeway doctor`: is all set up, and what to mend. */
import type { Command } from 'commander'
import { answer } from './answer.ts'
import { configFolderCommands } from './config-folder.ts'
import type { CliContext, CommonOptions } from './context.ts'
import { leaf } from './leaf.ts'
import { table } from './print.ts'

export function configCommands(program: Command, context: () => CliContext): void {
  const config = program
    .command('config')
    .description('the configuration file, and all that is configured as a directory')

  leaf(
    config,
    'check',
    'check causeway.yaml, texts of notices, and with managed: file the mapping files; each finding names its line',
    ['config check', 'CAUSEWAY_CONFIG=./partners.yaml causeway config check'],
  ).action(async (options: CommonOptions) => {
    const ctx = context()
    const [{ loadConfig }, { checkSettings }, { checkMappingFiles, mappingsFolderOf }, { readNoticeTexts }] =
      await Promise.all([
        import('../runtime/config/load.ts'),
        import('../runtime/compose.ts'),
        import('../runtime/check-mapping-files.ts'),
        import('../runtime/notice-texts.ts'),
      ])
    const loaded = loadConfig(ctx.env.configFile, ctx.env.all, checkSettings)
    readNoticeTexts(loaded.notices, ctx.env.configFile)
    const folder = mappingsFolderOf(loaded, ctx.env.configFile)
    if (folder !== null) await checkMappingFiles(loaded, folder)
    const { connections } = loaded
    const rows = Object.entries(connections).map(([name, { vendor, role }]) => ({ name, vendor, role }))
    answer(ctx, options, { file: ctx.env.configFile, connections: rows }, () => {
      const shown = rows.map(({ name, vendor, role }) => [name, vendor, role])
      return `${ctx.env.configFile} is valid.\n\n${table(['CONNECTION', 'VENDOR', 'ROLE'], shown, ctx.colour)}`
    })
  })

  configFolderCommands(config, context)

  leaf(program, 'doctor', 'check every part and connection, and say how to mend what is wrong', [
    'doctor',
    'doctor --json',
  ]).action(async (options: CommonOptions) => {
    const ctx = context()
    const { examine } = await import('../runtime/doctor/examine.ts')
    const findings = await examine(ctx.env)
    const isWell = findings.every(({ status }) => status !== 'wrong')
    answer(ctx, options, { well: isWell, findings }, () =>
      findings
        .flatMap(({ part, status, message, remedy }) => [
          `${signs[status]} ${part.padEnd(24)} ${message}`,
          ...(remedy === null || status === 'well' ? [] : [`  ${' '.repeat(24)} → ${remedy}`]),
        ])
        .join('\n'),
    )
    if (!isWell) process.exitCode = 1
  })
}

const signs = { well: '✓', note: '·', wrong: '✗' }
