/** Who stands first, and what the policy says of a claim. Pure, so that the same code can judge the past. */
import type { LeadState, RegistrationState } from './records.ts'
import { judge, type ClaimFacts } from './policy/claim.ts'
import type { Policy } from './policy/policy.ts'
import type { Instant } from './time.ts'

export interface Claim extends ClaimFacts {
  id: string
  partnerId: string
  submittedAt: Instant
}

interface Met {
  otherId: string
  matchedOn: Matched[]
  /** Of 100. */
  score: number
}

/**
 * A record that the check found beside the claim: an open direct deal, a customer (`partnerId`: who sold the last won deal), an
 * account that direct sales keeps for itself, another live registration, a lead that a partner holds, a company that a partner is
 * known to know.
 */
export type Finding = Met &
  (
    | { kind: 'direct-deal' }
    | { kind: 'customer'; other: { partnerId: string | null; wonAt: Instant | null } }
    | { kind: 'named-account'; other: { source: string; territory: string | null } }
    | { kind: 'registration'; other: { partnerId: string; submittedAt: Instant; state: RegistrationState } }
    | { kind: 'lead'; other: { partnerId: string; since: Instant; state: LeadState } }
    | { kind: 'overlap'; other: { partnerId: string; relation: 'customer' | 'open-deal' | 'prospect'; asOf: Instant } }
  )

export type FindingKind = Finding['kind']

/** What two companies met in. */
export type Matched = 'domain' | 'name' | 'contact-email'

/** Which rule decided, in the policy's words; `why` are codes that the task and the timeline show. */
export type Ruling =
  | { ruling: 'approve'; rule: string }
  | { ruling: 'decline'; rule: string; because: string | null }
  | { ruling: 'ask'; rule: string; why: string[] }

/** First in time is `(submitted_at, id)`: neither the order of arrival nor which worker was faster changes who was first. */
export function isFirst(
  claim: { submittedAt: Instant; id: string },
  other: { submittedAt: Instant; id: string },
): boolean {
  return claim.submittedAt === other.submittedAt ? claim.id < other.id : claim.submittedAt < other.submittedAt
}

/** Whether the finding certainly means the same prospect; a name alone never does. */
export function isCertain(finding: Finding): boolean {
  return finding.matchedOn.includes('domain') || finding.matchedOn.includes('contact-email')
}

/** What the finding means for the claim: does the other stand before it, after it, or must a person say? */
export function blocks(claim: Claim, finding: Finding): 'yes' | 'no' | 'ask' {
  if (finding.kind !== 'registration') return 'ask'
  const first = isFirst(claim, { submittedAt: finding.other.submittedAt, id: finding.otherId })
  if (finding.other.partnerId === claim.partnerId) return first ? 'no' : isCertain(finding) ? 'yes' : 'ask'
  if (!isCertain(finding)) return 'ask'
  if (!first) return 'yes'
  return finding.other.state === 'approved' ? 'ask' : 'no'
}

/**
 * Rules on a claim: decline what stands behind another, ask a person where it is not certain, approve by rule where nothing
 * stands against it.
 *
 * @param covered whether every portal was read past the submission; if not, a person decides
 */
export function rule(claim: Claim, findings: Finding[], covered: boolean, policy: Policy): Ruling {
  const behind = findings.find((finding) => blocks(claim, finding) === 'yes')
  if (behind?.kind === 'registration') {
    const own = behind.other.partnerId === claim.partnerId
    return { ruling: 'decline', rule: own ? 'duplicate-submission' : 'first-in-time', because: behind.otherId }
  }
  const why = [...new Set(findings.filter((finding) => blocks(claim, finding) === 'ask').map(reasonToAsk))]
  if (!covered) why.push('not-fully-read')
  if (why.length > 0) return { ruling: 'ask', rule: 'conflict-check', why }
  return byRule(claim, policy)
}

function reasonToAsk(finding: Finding): string {
  if (finding.kind !== 'registration') return isCertain(finding) ? finding.kind : `${finding.kind}-by-name`
  return isCertain(finding) ? 'protected-for-another' : 'registration-by-name'
}

/** The first rule of `approval` that holds decides; where one cannot be judged, what it says of missing facts does. */
function byRule(claim: Claim, policy: Policy): Ruling {
  const failed: string[] = []
  for (const { name, when, ruling: wished, missing } of policy.approval) {
    const { holds, why } = judge(when, claim, policy)
    if (holds === 'no') {
      if (wished === 'approve') failed.push(...why)
    } else if (holds === 'yes' || missing === 'decline') {
      const what = holds === 'yes' ? wished : 'decline'
      if (what === 'ask') return { ruling: 'ask', rule: name, why: [name] }
      return what === 'approve' ? { ruling: 'approve', rule: name } : { ruling: 'decline', rule: name, because: null }
    } else if (missing === 'ask') return { ruling: 'ask', rule: name, why: [...new Set([...failed, ...why])] }
  }
  const why = failed.length > 0 ? [...new Set(failed)] : ['no-automatic-approval']
  return { ruling: 'ask', rule: 'no-automatic-approval', why }
}
