/** The rules of engagement: what is decided by rule, who is asked, and every duration. Judged by pure functions. */
import type { z } from 'zod'
import { contradictions } from './contradictions.ts'
import { policyDocument } from './document.ts'
import { inOneForm } from './one-form.ts'

/** A policy that holds together: what contradicts itself is refused, with both rules named. */
export const policySchema = policyDocument.transform((document, context) => {
  const policy = inOneForm(document)
  for (const { path, other, message } of contradictions(policy, document))
    context.addIssue({ code: 'custom', path: [...path], message, params: { other } })
  return policy
})

export type Policy = z.output<typeof policySchema>
