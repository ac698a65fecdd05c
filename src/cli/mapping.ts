/** `causeway mapping`: what a connection's records become here and there. */
import type { Command } from 'commander'
import type { CliContext } from './context.ts'
import { mappingPreviewCommand } from './mapping-preview.ts'

export function mappingCommands(program: Command, context: () => CliContext): void {
  const group = program
    .command('mapping')
    .description('which field of ours is which of a vendor’s, and which way it flows')
  mappingPreviewCommand(group, context)
}
