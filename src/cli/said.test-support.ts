/** The command line in this process, for tests of what it says. */
import { readEnvironment } from '../runtime/environment.ts'
import type { CliContext } from './context.ts'
import { createProgram } from './program.ts'

/** Everything that the command says, results and complaints, without colours. */
export async function said(words: string[], api: { url: string; key: string }): Promise<string> {
  const told: string[] = []
  const context: CliContext = {
    env: readEnvironment({ CAUSEWAY_URL: api.url, CAUSEWAY_API_KEY: api.key }),
    out: (text) => void told.push(text),
    err: (text) => void told.push(text),
    colour: false,
    ask: null,
  }
  await createProgram(() => context).parseAsync(words, { from: 'user' })
  return told.join('\n')
}
