/** What the rules of approval say of a claim that nothing else decides. */
import { judge, type ClaimFacts } from './claim.ts'
import type { Policy } from './policy.ts'

export type ByRule =
  | { ruling: 'approve'; rule: string }
  | { ruling: 'decline'; rule: string }
  | { ruling: 'ask'; rule: string; why: string[] }

/** The first rule that holds decides; where one cannot be judged, what it says of missing facts does. */
export function approvalFor(claim: ClaimFacts, policy: Policy): ByRule {
  const failed: string[] = []
  for (const { name, when, ruling, missing } of policy.approval) {
    const { holds, why } = judge(when, claim, policy)
    if (holds === 'yes')
      return ruling === 'ask' ? { ruling, rule: name, why: ['asked-by-rule'] } : { ruling, rule: name }
    if (holds === 'unknown' && missing === 'decline') return { ruling: 'decline', rule: name }
    if (holds === 'unknown' && missing === 'ask')
      return { ruling: 'ask', rule: name, why: [...new Set([...failed, ...why])] }
    if (ruling === 'approve') failed.push(...why)
  }
  const why = failed.length > 0 ? [...new Set(failed)] : ['no-automatic-approval']
  return { ruling: 'ask', rule: 'no-automatic-approval', why }
}
