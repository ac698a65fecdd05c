/** True when the thrown value is a system error with one of these codes (ENOENT, EACCES …). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code)
}

/** A thrown value as one line for a person. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
