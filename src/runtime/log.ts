/** The process's log: one JSON object a line, or readable lines on a terminal. What looks like a secret never goes out. */
import { createLogger, format, transports } from 'winston'
import type { Log } from '../../connectors/log.ts'
import { redactFields, redactText } from '../../connectors/redact.ts'
import type { Log as EmbeddedLog } from './embedded/log.ts'

export const logLevels = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof logLevels)[number]

export interface LogWish {
  level: LogLevel
  /** `text` for people at a terminal, `json` for programs. */
  form: 'json' | 'text'
  /** Where the lines go; absent: standard error, so that standard output stays for answers. */
  stream?: NodeJS.WritableStream
}

/** A log that connectors, the API and the worker share. */
export function createLog({ level, form, stream = process.stderr }: LogWish): Log {
  const logger = createLogger({
    level,
    format: format.combine(format.timestamp(), form === 'json' ? format.json() : text),
    transports: [new transports.Stream({ stream })],
  })
  const write =
    (at: LogLevel) =>
    (message: string, fields: Record<string, unknown> = {}) => {
      logger.log({ ...redactFields(fields), ...ourCode(fields['code']), level: at, message: redactText(message, 2000) })
    }
  return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') }
}

/** `code` is also what an OAuth grant is called, and is therefore taken out; our own error codes are what a log is read for. */
function ourCode(code: unknown): { code?: string } {
  return typeof code === 'string' && /^CW_[A-Z_]+$/.test(code) ? { code } : {}
}

/** The same log as the embedded parts use it. */
export function embeddedLog(log: Log): EmbeddedLog {
  return (message, facts) => log.info(message, facts)
}

const text = format.printf(({ level, message, timestamp, ...fields }) => {
  const time = String(timestamp).slice(11, 19)
  const facts = Object.entries(fields)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [time, level.toUpperCase().padEnd(5), String(message), ...facts].join(' ')
})
