/** `causeway mapping`: what a connection's records become here and there. */
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { mappingEditCommands } from './mapping-edit.ts'
import { mappingPreviewCommand } from './mapping-preview.ts'
import { mappingVersionCommands } from './mapping-versions.ts'

export function mappingCommands(program: Command, context: () => CliContext): void {
  const group = program
    .command('mapping')
    .description('which field of ours is which of a vendor’s, and which way it flows')
  mappingEditCommands(group, context)
  mappingPreviewCommand(group, context)
  mappingVersionCommands(group, context)
}
