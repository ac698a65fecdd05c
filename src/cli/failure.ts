/** How a command's failure is told: code, sentence and way out; the stack only to those who ask. */
import { CausewayError, errors } from '../errors.ts'
import { redactText } from '../../connectors/redact.ts'

/**
 * @param argv `--json` and `--verbose` count here too, wherever they stand
 * @returns the exit code
 */
export function reportFailure(error: unknown, argv: readonly string[], err: (text: string) => void): number {
  const coded = error instanceof CausewayError ? error : unexpected(error)
  const { code, message, detail } = coded
  const { remedy } = errors[code]
  if (argv.includes('--json')) err(JSON.stringify({ error: { code, message, remedy, detail } }))
  else err(coded.explain())
  if (argv.includes('--verbose')) err(stackOf(error))
  return code === 'CW_REQUEST_INVALID' || code === 'CW_PAIRS_INVALID' ? 2 : 1
}

function unexpected(error: unknown): CausewayError {
  const text = error instanceof Error ? error.message : String(error)
  return new CausewayError('CW_INTERNAL', redactText(text === '' ? 'no reason was given' : text), {}, { cause: error })
}

function stackOf(error: unknown): string {
  const lines: string[] = []
  for (let e: unknown = error; e instanceof Error; e = e.cause) lines.push(redactText(e.stack ?? e.message, 4000))
  return lines.join('\ncaused by ')
}
