/** Amounts are decimal strings in one form, so that equal amounts are equal texts and no digit passes through a float. */

const DECIMAL = /^([+-]?)(\d+)(?:\.(\d*))?$|^([+-]?)\.(\d+)$/

/** The one form of a decimal: no leading zeros, no trailing ones, no `+`, no `-0`. Null when it is no decimal number. */
export function decimal(text: string): string | null {
  const match = DECIMAL.exec(text.trim())
  if (match === null) return null
  const negative = (match[1] ?? match[4]) === '-'
  const whole = (match[2] ?? '0').replace(/^0+(?=\d)/, '')
  const fraction = (match[3] ?? match[5] ?? '').replace(/0+$/, '')
  const plain = fraction === '' ? whole : `${whole}.${fraction}`
  return negative && plain !== '0' ? `-${plain}` : plain
}

/** Whole cents → decimal string. */
export function fromCents(cents: bigint): string {
  const sign = cents < 0n ? '-' : ''
  const abs = cents < 0n ? -cents : cents
  return decimal(`${sign}${abs / 100n}.${String(abs % 100n).padStart(2, '0')}`) ?? '0'
}

/** Decimal string → whole cents; null when it has a fraction of a cent. */
export function toCents(amount: string): bigint | null {
  const plain = decimal(amount)
  if (plain === null) return null
  const [whole = '0', fraction = ''] = plain.replace('-', '').split('.')
  if (fraction.length > 2) return null
  const cents = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0') || '0')
  return plain.startsWith('-') ? -cents : cents
}

/** Whether `a` is at most `b`; both decimal strings. */
export function atMost(a: string, b: string): boolean {
  const [left, right] = [scaled(a), scaled(b)]
  const digits = Math.max(left.digits, right.digits)
  return left.value * 10n ** BigInt(digits - left.digits) <= right.value * 10n ** BigInt(digits - right.digits)
}

function scaled(amount: string): { value: bigint; digits: number } {
  const [whole = '0', fraction = ''] = (decimal(amount) ?? '0').split('.')
  return { value: BigInt(whole + fraction), digits: fraction.length }
}

/** The exact difference of two decimal strings; null when one is no decimal. */
export function minus(a: string, b: string): string | null {
  if (decimal(a) === null || decimal(b) === null) return null
  const [left, right] = [scaled(a), scaled(b)]
  const digits = Math.max(left.digits, right.digits)
  const whole = left.value * 10n ** BigInt(digits - left.digits) - right.value * 10n ** BigInt(digits - right.digits)
  return unscaled(whole, digits)
}

/** The exact product of two decimal strings; null when one is no decimal. */
export function times(a: string, b: string): string | null {
  if (decimal(a) === null || decimal(b) === null) return null
  const [left, right] = [scaled(a), scaled(b)]
  return unscaled(left.value * right.value, left.digits + right.digits)
}

/** Digits after the point of a quotient that never ends. Its product with the divisor is ours again, rounded to what the ledger keeps. */
const ENDLESS = 24

/** The quotient of two decimal strings: exact where it ends within some digits. Null when one is no decimal or the divisor is 0. */
export function dividedBy(a: string, b: string): string | null {
  if (decimal(a) === null || decimal(b) === null) return null
  const [left, right] = [scaled(a), scaled(b)]
  if (right.value === 0n) return null
  // a·10^-l / b·10^-r, brought to ENDLESS digits after the point, half away from zero.
  const numerator = left.value * 10n ** BigInt(right.digits + ENDLESS)
  const divisor = right.value * 10n ** BigInt(left.digits)
  const [n, d] = [numerator < 0n ? -numerator : numerator, divisor < 0n ? -divisor : divisor]
  const quotient = (2n * n + d) / (2n * d)
  return unscaled(numerator < 0n === divisor < 0n ? quotient : -quotient, ENDLESS)
}

/** Rounded to so many digits after the point, half away from zero, as PostgreSQL does. Null: no decimal. */
export function rounded(text: string, digits: number): string | null {
  const plain = decimal(text)
  if (plain === null) return null
  const { value, digits: has } = scaled(plain)
  if (has <= digits) return plain
  const unit = 10n ** BigInt(has - digits)
  const size = value < 0n ? -value : value
  const steps = (2n * size + unit) / (2n * unit)
  return unscaled(value < 0n ? -steps : steps, digits)
}

function unscaled(value: bigint, digits: number): string | null {
  const padded = String(value < 0n ? -value : value).padStart(digits + 1, '0')
  const cut = padded.length - digits
  return decimal(`${value < 0n ? '-' : ''}${padded.slice(0, cut)}.${padded.slice(cut)}`)
}
