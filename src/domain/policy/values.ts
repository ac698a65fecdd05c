/** The small values that a policy is written in: durations, amounts, days, zones and the names of its rules. */
import { z } from 'zod'
import { decimal } from '../money.ts'
import { parseDuration } from '../time.ts'

/** A duration such as `48h` or `90d`, as milliseconds. */
export const duration = z.string().transform((text, context) => {
  const ms = parseDuration(text)
  if (ms !== null) return ms
  context.addIssue({ code: 'custom', message: `expected a duration such as 30s, 15m, 48h or 90d, found "${text}"` })
  return z.NEVER
})

/** An amount in its one form; never negative, for nothing that a policy limits is. */
export const amount = z.union([z.string(), z.number()]).transform((value, context) => {
  const plain = decimal(String(value))
  if (plain !== null && !plain.startsWith('-')) return plain
  context.addIssue({
    code: 'custom',
    message: `expected an amount such as 50000 or "1234.50", found "${String(value)}"`,
  })
  return z.NEVER
})

/** How much one unit of a currency is worth in another. */
export const rate = amount.refine((value) => value !== '0', 'expected a rate above 0')

/** A share or a rebate in per cent: 0 to 100, as a decimal string. */
export const percent = amount.refine((value) => Number(value) <= 100, 'expected at most 100 per cent')

/** An ISO 4217 code. */
export const currency = z.string().regex(/^[A-Z]{3}$/, 'expected a currency of three capital letters, such as USD')

/** The name of a rule: what rulings, tasks and the readable page cite. */
export const ruleName = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'expected a name of lower-case letters, digits and hyphens')

export const timeZone = z.string().refine(isTimeZone, 'expected a time zone such as Europe/Berlin or UTC')

/** A civil day, `2026-12-25`. YAML reads an unquoted day as text, so it needs no quotes. */
export const day = z.string().refine(isDay, 'expected a day such as 2026-12-25')

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).format(0) !== ''
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const ms = Date.parse(`${text}T00:00:00.000Z`)
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text)
}
