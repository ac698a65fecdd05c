/** Findings of a mapping for a person: where, what, and what would mend it. */
import { styleText } from 'node:util'
import { z } from 'zod'

const text = z.string().nullable()

export const findingSchema = z.looseObject({
  severity: z.enum(['error', 'warning']),
  code: z.string(),
  line: z.number().nullable(),
  field: text,
  path: text,
  reason: z.string(),
  proposal: text,
})

/** What is printed of a finding. */
interface Printed {
  severity: 'error' | 'warning'
  code: string
  line: number | null
  reason: string
  proposal: string | null
}

/**
 * One finding a line, as editors and compilers write them, with its proposal below; what only the default says has no line.
 *
 * @param file what the document is called
 */
export function findingLines(file: string, findings: readonly Printed[], colour: boolean): string {
  const places = findings.map(({ line }) => (line === null ? file : `${file}:${line}`))
  const width = Math.max(0, ...places.map((place) => place.length))
  return findings
    .flatMap(({ severity, reason, proposal, code }, at) => {
      const shown = colour
        ? styleText(severity === 'error' ? 'red' : 'yellow', severity, { validateStream: false })
        : severity
      const gap = ' '.repeat('warning'.length - severity.length)
      const below = ' '.repeat(width + '  warning'.length)
      return [
        `${(places[at] ?? '').padEnd(width)}  ${shown}${gap}  ${reason} (${code})`,
        ...(proposal === null ? [] : [`${below}  → ${proposal}`]),
      ]
    })
    .join('\n')
}

/** How many of each, in a sentence. */
export function findingCount(findings: readonly Printed[]): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const warnings = findings.length - errors
  const said = [errors > 0 ? count(errors, 'error') : '', warnings > 0 ? count(warnings, 'warning') : '']
  return findings.length === 0 ? 'Nothing was found.' : `${said.filter((part) => part !== '').join(', ')}.`
}

function count(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
