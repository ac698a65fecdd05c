/**
 * JSON that keeps every digit of a number. A JS number holds some 15 significant digits, an amount may have 18, so numbers are
 * decimal strings inside the org and raw JSON numbers on the wire.
 */
export class Decimal {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }

  /** Goes out as the number it is, with its own digits. */
  toJSON(): unknown {
    return (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(this.text)
  }
}

export type Json = string | boolean | null | Decimal | Json[] | { [key: string]: Json }

/** Parses JSON with every number as a `Decimal` of its source text. Throws SyntaxError. */
export function parseExact(text: string): Json {
  const reviver = (_key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === 'number' ? new Decimal(context?.source ?? String(value)) : value
  return JSON.parse(text, reviver) as Json
}
