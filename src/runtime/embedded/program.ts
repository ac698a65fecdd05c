import { join, resolve } from 'node:path'
import type { Log } from './log.ts'
import { end, launch, nameOf } from './process.ts'
import { forget, leftBehind, remember } from './run-file.ts'
import type { RunningPart } from './supervisor.ts'

export interface Program {
  command: string
  args: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
}

/** Starts a program of ours (`causeway serve`), its output in `<dataDir>/<name>.log`. */
export async function startProgram(dataDir: string, name: string, program: Program): Promise<RunningPart> {
  const { pid, exited } = await launch({
    command: program.command,
    args: [...program.args],
    env: program.env,
    cwd: program.cwd,
    logFile: join(resolve(dataDir), `${name}.log`),
  })
  const process = nameOf(pid)
  if (process === null) {
    const exit = await exited
    throw new Error(`${name} ended at once (${exit.signal ?? exit.code})`)
  }
  await remember(resolve(dataDir), name, { ...process, port: null })
  return {
    pid,
    port: null,
    exited,
    stop: async (withinMs) => {
      await end(process, [['SIGTERM', withinMs]])
      await forget(resolve(dataDir), name)
    },
  }
}

/** Ends the program that a killed supervisor left running. */
export async function stopLeftProgram(dataDir: string, name: string, log: Log): Promise<void> {
  const left = leftBehind(resolve(dataDir), name)
  if (left === null) return
  log(`Stopping ${name}, which was left running`, { pid: left.pid })
  await end(left, [['SIGTERM', 3000]])
}
