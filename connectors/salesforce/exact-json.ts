/**
 * JSON with all digits of its numbers. A JS number holds some 15 significant digits, a currency field up to 18, so a number in an
 * answer becomes a plain decimal string, and an amount to be written goes out as a JSON number with the digits it has.
 */

/** Whether a number of the text may have more digits than a JS number holds: 15, and its point. */
const LONG_NUMBER = /\d[\d.]{15}/

/** Parses JSON; every number becomes a decimal string without exponent. Throws SyntaxError. */
export function parseExact(text: string): unknown {
  // Telling the digits of each value as they stand in the text costs many times the parsing itself, so it is done where it matters.
  return LONG_NUMBER.test(text) ? JSON.parse(text, keepDigits) : numbersToText(JSON.parse(text))
}

/** In place: what was parsed is nobody else's. */
function numbersToText(value: unknown): unknown {
  if (typeof value === 'number') return plainDecimal(String(value))
  if (typeof value !== 'object' || value === null) return value
  for (const [key, part] of Object.entries(value)) {
    const text = numbersToText(part)
    if (text !== part) Reflect.set(value, key, text)
  }
  return value
}

function keepDigits(_key: string, value: unknown, context?: { source?: string }): unknown {
  return typeof value === 'number' ? plainDecimal(context?.source ?? String(value)) : value
}

/** `1.25E7` → `12500000`: Salesforce prints large doubles with an exponent. */
export function plainDecimal(number: string): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(number)
  if (match === null) return number
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = whole + fraction
  const left = point <= 0 ? '0' : digits.slice(0, point).padEnd(point, '0')
  const right = (point < 0 ? '0'.repeat(-point) + digits : digits.slice(point)).replace(/0+$/, '')
  const plain = `${left.replace(/^0+(?=\d)/, '')}${right === '' ? '' : `.${right}`}`
  return plain === '0' ? '0' : sign + plain
}

/** A JSON number with exactly these digits, for `JSON.stringify`. */
export function rawNumber(decimal: string): unknown {
  return rawJson.rawJSON(plainDecimal(decimal))
}

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- V8 has it, TypeScript's library not yet
const rawJson = JSON as unknown as { rawJSON(text: string): unknown }
