/** The whole `causeway` command. Building it does nothing: the documentation is made from the same tree. */
import { Command } from 'commander'
import { backFillCommands } from './back-fill.ts'
import { budgetCommands } from './budget.ts'
import { clashCommands } from './clashes.ts'
import { auditCommands } from './audit.ts'
import { certifyCommands } from './certify.ts'
import { configCommands } from './config.ts'
import type { CliContext } from './context.ts'
import { conflictCommands } from './conflicts.ts'
import { connectCommands } from './connect.ts'
import { connectionCommands } from './connections.ts'
import { contactCommands } from './contacts.ts'
import { dealCommands } from './deals.ts'
import { delegationCommands } from './delegations.ts'
import { initCommands } from './init/init.ts'
import { keyCommands } from './keys.ts'
import { linkCommands } from './links.ts'
import { mappingCommands } from './mapping.ts'
import { matchCommand } from './match.ts'
import { matchCommands } from './matches.ts'
import { noticeCommands } from './notices.ts'
import { namedAccountCommands } from './named-accounts.ts'
import { parkedCommands } from './parked.ts'
import { partnerCommands } from './partners.ts'
import { policyCommands } from './policy.ts'
import { provisionCommands } from './provision.ts'
import { reconcileCommands } from './reconcile.ts'
import { registrationCommands } from './registrations.ts'
import { roadCommands } from './road.ts'
import { runCommands } from './run.ts'
import { runsCommands } from './runs.ts'
import { schemaCommands } from './schema.ts'
import { streamCommands } from './streams.ts'
import { taskCommands } from './tasks.ts'

/** @param context asked for when a command runs, and not before */
export function createProgram(context: () => CliContext): Command {
  const program = new Command('causeway')
    .description('The durable road between your partner portal and your CRM.')
    .version('0.1.0')
    .exitOverride()
    // `--version` after a command is that command's own: the version of a mapping.
    .enablePositionalOptions()
    .showHelpAfterError('(add --help for what it takes)')
    .addHelpText(
      'after',
      `
Commands that read and change data talk to a running Causeway: the one of the data folder (CAUSEWAY_DATA, .causeway),
or the one that CAUSEWAY_URL and CAUSEWAY_API_KEY name. Ids may be shortened to a beginning that only one record has.

Exit codes: 0 done, 1 failed, 2 not understood; those of plan and apply are in their help.`,
    )
  initCommands(program, context, createProgram)
  runCommands(program, context)
  taskCommands(program, context)
  delegationCommands(program, context)
  registrationCommands(program, context)
  partnerCommands(program, context)
  contactCommands(program, context)
  noticeCommands(program, context)
  parkedCommands(program, context)
  matchCommands(program, context)
  matchCommand(program, context)
  linkCommands(program, context)
  reconcileCommands(program, context)
  clashCommands(program, context)
  conflictCommands(program, context)
  connectCommands(program, context)
  connectionCommands(program, context)
  provisionCommands(program, context)
  runsCommands(program, context)
  auditCommands(program, context)
  dealCommands(program, context)
  roadCommands(program, context)
  budgetCommands(program, context)
  streamCommands(program, context)
  schemaCommands(program, context)
  backFillCommands(program, context)
  mappingCommands(program, context)
  certifyCommands(program, context)
  keyCommands(program, context)
  policyCommands(program, context)
  namedAccountCommands(program, context)
  configCommands(program, context)
  return program
}
