/** Rules that the account's administrators lay upon the values of a property, and what breaks them. An empty value breaks none. */
import { z } from 'zod'
import type { ErrorDetail } from './errors.ts'

/** Those of HubSpot's rules whose arguments say plainly what they ask. */
const ruleTypes = ['MIN_LENGTH', 'MAX_LENGTH', 'MIN_NUMBER', 'MAX_NUMBER', 'REGEX'] as const

export const ruleSchema = z.strictObject({
  ruleType: z.enum(ruleTypes),
  ruleArguments: z.array(z.string()).length(1),
  shouldApplyNormalization: z.boolean().default(false),
})
export type Rule = z.infer<typeof ruleSchema>

export function brokenRules(name: string, value: string | null, rules: readonly Rule[] = []): ErrorDetail[] {
  if (value === null) return []
  return rules
    .filter((rule) => !holds(rule, value))
    .map(({ ruleType, ruleArguments }) => ({
      message: `Property "${name}" breaks the rule ${ruleType} ${ruleArguments.join(', ')}`,
      code: 'VALIDATION_ERROR',
      in: name,
      context: { propertyName: [name] },
    }))
}

function holds({ ruleType, ruleArguments: [argument = ''] }: Rule, value: string): boolean {
  switch (ruleType) {
    case 'MIN_LENGTH':
      return value.length >= Number(argument)
    case 'MAX_LENGTH':
      return value.length <= Number(argument)
    case 'MIN_NUMBER':
      return Number(value) >= Number(argument)
    case 'MAX_NUMBER':
      return Number(value) <= Number(argument)
    case 'REGEX':
      return new RegExp(`^(?:${argument})$`, 'u').test(value)
  }
}
