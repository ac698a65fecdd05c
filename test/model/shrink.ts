/** A failing script made short: whole stretches of commands are left out first, then what remains is made simpler. */
import type { Command, Script } from './script.ts'

/**
 * @param fails whether a script still fails; it is asked again and again
 * @param untilMs when to stop, by `performance.now()`
 */
export async function shrink(
  script: Script,
  fails: (script: Script) => Promise<boolean>,
  untilMs: number,
): Promise<Script> {
  let best = script
  const tries = async (commands: Command[], setting = best.setting): Promise<boolean> => {
    if (performance.now() > untilMs || !(await fails({ setting, commands }))) return false
    best = { setting, commands }
    return true
  }
  for (let before = Infinity; size(best) < before && performance.now() < untilMs;) {
    before = size(best)
    for (let length = Math.ceil(best.commands.length / 2); length >= 1; length = Math.floor(length / 2))
      for (let from = 0; from < best.commands.length;)
        if (!(await tries(best.commands.toSpliced(from, length)))) from += length
    for (let index = 0; index < best.commands.length; index += 1)
      for (const simpler of simplified(best.commands[index])) await tries(best.commands.with(index, simpler))
    const { crms, page, tells, strict } = best.setting
    if (crms === 2) await tries(best.commands, { ...best.setting, crms: 1 })
    if (strict) await tries(best.commands, { ...best.setting, strict: false })
    if (!tells) await tries(best.commands, { ...best.setting, tells: true })
    if (page < 50) await tries(best.commands, { ...best.setting, page: 50, batch: 20 })
  }
  return best
}

function size({ commands }: Script): number {
  return commands.reduce((sum, command) => sum + 1 + weightOf(command), 0)
}

function weightOf(command: Command): number {
  if (command.do !== 'work') return 0
  return command.jobs.reduce((sum, { kill }) => sum + (kill === null ? 1 : 2), command.meanwhile.length)
}

/** The same command with less in it. */
function simplified(command: Command | undefined): Command[] {
  switch (command?.do) {
    case 'work': {
      const { jobs, meanwhile } = command
      return [
        ...(jobs.length > 1 ? jobs.map((job): Command => ({ ...command, jobs: [job], turns: [], meanwhile: [] })) : []),
        ...meanwhile.map((_, index): Command => ({ ...command, meanwhile: meanwhile.toSpliced(index, 1) })),
        ...jobs.flatMap((job, index): Command[] =>
          job.kill === null ? [] : [{ ...command, jobs: jobs.with(index, { ...job, kill: null }) }],
        ),
      ]
    }
    case 'fault':
    case 'hint':
      return command.times > 1 ? [{ ...command, times: 1 }] : []
    default:
      return []
  }
}
