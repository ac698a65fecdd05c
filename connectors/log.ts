/** Where connectors and the HTTP layer write what they did. Fields are structured; no secret and no personal data goes in. */
export interface Log {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Says nothing; for tests and for programs that have no log. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
