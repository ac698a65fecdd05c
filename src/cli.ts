#!/usr/bin/env node
/** The `causeway` command: reads the environment, runs one command, and ends with 0 (done), 1 (failed) or 2 (not understood). */
import { createInterface } from 'node:readline/promises'
import { CommanderError } from 'commander'
import { createProgram } from './cli/program.ts'
import { reportFailure } from './cli/failure.ts'
import { readEnvironment } from './runtime/environment.ts'

const program = createProgram(() => ({
  env: readEnvironment(),
  out: (text) => void process.stdout.write(`${text}\n`),
  err: (text) => void process.stderr.write(`${text}\n`),
  colour: process.stdout.isTTY && !('NO_COLOR' in readEnvironment().all),
  ask: process.stdin.isTTY && process.stdout.isTTY ? ask : null,
}))

async function ask(question: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  try {
    return await terminal.question(question)
  } finally {
    terminal.close()
  }
}

// A reader such as `head` that has seen enough is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else process.exitCode = reportFailure(error, process.argv, (text) => void process.stderr.write(`${text}\n`))
}
