/** Which failures lie in the record itself, so that it is parked, and which in the surroundings, so that all is tried again. */
import { databaseError } from '../db/attempts.ts'

/** A table or a grant that is missing is the installation's fault and no record's. */
const INSTALLATION = new Set(['42501', '42P01', '42883'])

/**
 * Whether the record is to blame: PostgreSQL refuses its values (SQLSTATE classes 21, 22, 23, 42) or our own code cannot digest
 * it. Everything else, a lost connection above all, is tried again.
 */
export function isPoison(error: unknown): boolean {
  const refused = databaseError(error)
  if (refused !== null) return /^(21|22|23|42)/.test(refused.code) && !INSTALLATION.has(refused.code)
  return error instanceof TypeError || error instanceof RangeError || error instanceof SyntaxError
}

/** What a person is told of it. */
export function explain(error: unknown): Record<string, unknown> {
  const refused = databaseError(error)
  if (refused === null) return { error: String(error).slice(0, 500) }
  const { code, message, ...where } = refused
  return { error: message.slice(0, 500), sqlState: code, ...where }
}
