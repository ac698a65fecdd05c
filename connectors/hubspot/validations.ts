/** The rules that the account's administrators lay upon values. From its paths of 2026-09 on HubSpot refuses writes that break them. */
import { z } from 'zod'
import type { Ctx, FieldSchema } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import type { Api } from './api.ts'
import { typeIdOf } from './objects.ts'
import type { RecordObject } from './objects.ts'

const rulesSchema = z.object({
  results: z.array(
    z.object({
      propertyName: z.string(),
      propertyValidationRules: z.array(
        z.object({ ruleType: z.string(), ruleArguments: z.array(z.string()).default([]) }),
      ),
    }),
  ),
})
type Rule = z.output<typeof rulesSchema>['results'][number]['propertyValidationRules'][number]

/** By property. Where HubSpot tells none, for want of a scope or of the API itself, none are known. */
export async function rulesOfObject(api: Api, object: RecordObject, ctx: Ctx): Promise<ReadonlyMap<string, Rule[]>> {
  const route = `GET /crm/property-validations/2026-09/${object}`
  const call = { ctx, route, effect: 'read', schema: rulesSchema, success: 200 } as const
  try {
    const { data } = await api.call(call, (sdk) => sdk.get(`/crm/property-validations/2026-09/${typeIdOf(object)}`))
    return new Map(data.results.map((row) => [row.propertyName, row.propertyValidationRules]))
  } catch (error) {
    if (error instanceof ConnectorError && untold.has(error.fault.code)) return new Map()
    throw error
  }
}

const untold = new Set(['CW_VENDOR_SCOPE', 'CW_VENDOR_ANSWER', 'CW_RECORD_GONE', 'CW_RECORD_INVALID'])

/** A greatest length is one like any other; the rest is told as HubSpot names it. */
export function ruled(field: FieldSchema, rules: readonly Rule[] = []): FieldSchema {
  const lengths = rules.filter(isLength).map(({ ruleArguments }) => Number(ruleArguments[0]))
  const others = rules.filter((rule) => !isLength(rule))
  return {
    ...field,
    ...(lengths.length === 0 ? {} : { maxLength: Math.min(...lengths) }),
    ...(others.length === 0 ? {} : { rules: others.map(named) }),
  }
}

const isLength = ({ ruleType, ruleArguments }: Rule) =>
  ruleType === 'MAX_LENGTH' && /^\d+$/.test(ruleArguments[0] ?? '')

const named = ({ ruleType, ruleArguments }: Rule) => [ruleType, ruleArguments.join(', ')].join(' ').trim()
