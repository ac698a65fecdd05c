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
    return rawJson.rawJSON(this.text)
  }

  toString(): string {
    return this.text
  }
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8 has it, TypeScript's library not yet
const rawJson = JSON as unknown as { rawJSON(text: string): unknown }

export type Json = string | boolean | null | Decimal | Json[] | { [key: string]: Json }

/** Parses JSON with every number as a `Decimal` of its source text. Throws SyntaxError. */
export function parseExact(text: string): Json {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what JSON.parse answers, its numbers replaced
  return JSON.parse(text, keepDigits) as Json
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? new Decimal(context?.source ?? String(value)) : value
}
