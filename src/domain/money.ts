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
