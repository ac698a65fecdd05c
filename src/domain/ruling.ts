/** Who stands first, and what the policy says of a claim. Pure, so that the same code can judge the past. */
import { isCertain, type Against, type Reason } from './matching/reasons.ts'
import type { LeadState, RegistrationState } from './records.ts'
import { minus } from './money.ts'
import { approvalFor } from './policy/approve-by-rule.ts'
import { doubtsOf, judge, rankOf, type ClaimFacts } from './policy/claim.ts'
import type { Policy } from './policy/policy.ts'
import { findingKinds, type FindingKind, type PrecedenceRule } from './policy/precedence.ts'
import type { StandingRule } from './policy/standing.ts'
import type { Instant } from './time.ts'

export interface Claim extends ClaimFacts {
  id: string
  partnerId: string
  submittedAt: Instant
  /** false: neither its domain nor its name tells a company, so that nothing could be found beside it. Absent: it was not asked. */
  isKnowable?: boolean
}

interface Met {
  otherId: string
  matchedOn: Matched[]
  /** What speaks against their being one. */
  against?: Against[]
  /** Of 100. */
  score: number
}

/**
 * A record that the check found beside the claim: an open direct deal, a customer (`partnerId`: who sold the last won deal), an
 * account that direct sales keeps for itself, another live registration, a lead that a partner holds, a company that a partner is
 * known to know. `tier`: of the other's partner.
 */
export type Finding = Met &
  (
    | {
        kind: 'direct-deal'
        /** When our own sales opened it, by the CRM's record; null or absent: that is not known. */
        other?: { openedAt: Instant | null }
        /** From when the claim counts against it, as against a registration. */
        since?: Instant
      }
    | { kind: 'customer'; other: { partnerId: string | null; wonAt: Instant | null } }
    | { kind: 'named-account'; other: { source: string; territory: string | null } }
    | {
        kind: 'registration'
        other: { partnerId: string; submittedAt: Instant; state: RegistrationState; tier?: string | null }
        /** From when the claim counts against it, where an edit brought in what they met in; absent: since its submission. */
        since?: Instant
      }
    | { kind: 'lead'; other: { partnerId: string; since: Instant; state: LeadState; tier?: string | null } }
    | { kind: 'overlap'; other: { partnerId: string; relation: 'customer' | 'open-deal' | 'prospect'; asOf: Instant } }
  )

export type { FindingKind }

/** What two companies met in. */
export type Matched = Reason

/** Which rule decided, in the policy's words; `why` are codes that the task and the timeline show. */
export type Ruling =
  | { ruling: 'approve'; rule: string; split: Split | null }
  /** `because`: what stands before it; null: a rule declines such claims. */
  | { ruling: 'decline'; rule: string; because: { kind: FindingKind; otherId: string } | null }
  | { ruling: 'ask'; rule: string; why: string[] }
  /** It is the same deal as an earlier claim of its partner. */
  | { ruling: 'merge'; rule: string; into: string }

/** Both have their part: this claim so many per cent, the other the rest. */
export interface Split {
  withId: string
  kind: 'registration' | 'direct-deal'
  share: string
  rule: string
}

/** What the policy says of one finding, and by which rule. */
export type Weighed =
  | { finding: Finding; says: 'clear' | 'decline' | 'merge'; rule: string }
  | { finding: Finding; says: 'ask'; rule: string; why: string }
  | { finding: Finding; says: 'split'; rule: string; split: Split }

/** What a ruling depends on beside claim and findings. */
export interface Circumstances {
  /** Whether every portal and CRM was read past the submission; if not, a person decides. */
  covered: boolean
  /** The civil day on which it is ruled, in the policy's time zone. */
  today: string
}

/** First in time is `(submitted_at, id)`: neither the order of arrival nor which worker was faster changes who was first. */
export function isFirst(
  claim: { submittedAt: Instant; id: string },
  other: { submittedAt: Instant; id: string },
): boolean {
  return claim.submittedAt === other.submittedAt ? claim.id < other.id : claim.submittedAt < other.submittedAt
}

/** What each finding means for the claim, by the first rule of precedence that decides it. */
export function weigh(claim: Claim, findings: readonly Finding[], policy: Policy): Weighed[] {
  const incumbents = new Set(
    findings.flatMap((one) => (one.kind === 'customer' && isCertain(one) ? [one.other.partnerId] : [])),
  )
  return findings.map((finding) => {
    for (const meant of policy.precedence) {
      if (!isMeant(meant, claim, finding, incumbents, policy)) continue
      const weighed = apply(meant, claim, finding, incumbents, policy)
      if (weighed !== null) return weighed
    }
    return asked(finding, 'conflict-check')
  })
}

/**
 * Rules on a claim. It is merged with its partner's own earlier claim, declined where another stands before it or a rule declines such
 * claims, asked of a person while any finding is open or a fact is in doubt, and approved where a rule approves what is left.
 * The order of the findings changes nothing.
 */
export function rule(claim: Claim, findings: readonly Finding[], about: Circumstances, policy: Policy): Ruling {
  const weighed = weigh(claim, findings, policy).toSorted(inOrder(policy))
  const merged = weighed.find(({ says }) => says === 'merge')
  if (merged !== undefined) return { ruling: 'merge', rule: merged.rule, into: merged.finding.otherId }
  const behind = weighed.find(({ says }) => says === 'decline')
  if (behind !== undefined) {
    const { kind, otherId } = behind.finding
    return { ruling: 'decline', rule: behind.rule, because: { kind, otherId } }
  }
  const byRule = approvalFor(claim, policy)
  if (byRule.ruling === 'decline') return { ...byRule, because: null }
  const open = weighed.flatMap((one) => (one.says === 'ask' ? [one] : []))
  const doubts = [...(claim.isKnowable === false ? ['company-unclear'] : []), ...doubtsOf(claim, about.today, policy)]
  const reasons: { rule: string; why: string }[] = [
    ...open,
    ...standing('not-fully-read', about.covered ? [] : ['not-fully-read']),
    ...standing('doubtful-facts', doubts),
  ]
  const [first] = reasons
  if (first !== undefined) return { ruling: 'ask', rule: first.rule, why: [...new Set(reasons.map(({ why }) => why))] }
  if (byRule.ruling === 'ask') return byRule
  return { ...byRule, split: firstSplit(weighed) }
}

/** With whom the claim shares the credit of its deal, whoever decides the rest. */
export function splitOf(weighed: readonly Weighed[], policy: Policy): Split | null {
  return firstSplit(weighed.toSorted(inOrder(policy)))
}

function firstSplit(weighed: readonly Weighed[]): Split | null {
  return weighed.find((one) => one.says === 'split')?.split ?? null
}

/** Whether a rule is about this claim and this finding. */
function isMeant(
  { against, when, samePartner, incumbent, match }: PrecedenceRule,
  claim: Claim,
  finding: Finding,
  incumbents: ReadonlySet<string | null>,
  policy: Policy,
): boolean {
  if (!against.includes(finding.kind) || (match === 'certain' && !isCertain(finding))) return false
  if (samePartner !== null && samePartner !== (partnerIn(finding) === claim.partnerId)) return false
  if (incumbent !== null && incumbent !== incumbents.has(claim.partnerId)) return false
  return judge(when, claim, policy).holds === 'yes'
}

/** What a rule that is meant says; null: it compares the two and finds them equal. */
function apply(
  meant: PrecedenceRule,
  claim: Claim,
  finding: Finding,
  incumbents: ReadonlySet<string | null>,
  policy: Policy,
): Weighed | null {
  const { name, ruling, share } = meant
  switch (ruling) {
    case 'clear':
    case 'decline':
      return { finding, says: ruling, rule: name }
    case 'ask':
      return asked(finding, name)
    case 'merge':
      return merges(claim, finding) ? { finding, says: 'merge', rule: name } : { finding, says: 'clear', rule: name }
    case 'split': {
      if ((finding.kind !== 'registration' && finding.kind !== 'direct-deal') || share === null) return null
      const isOurs = goesFirst(claim, finding)
      // Only where the two have the same part it does not matter who was first.
      if (isOurs === null && restOf(share) !== share) return null
      const own = isOurs === true ? share : restOf(share)
      const split = { withId: finding.otherId, kind: finding.kind, share: own, rule: name }
      return { finding, says: 'split', rule: name, split }
    }
    case 'first-in-time':
      return decided(name, finding, goesFirst(claim, finding))
    case 'higher-tier': {
      const [own, other] = [rankOf(claim.tier, policy), rankOf(tierIn(finding), policy)]
      return decided(name, finding, own === null || other === null || own === other ? null : own < other)
    }
    case 'incumbent': {
      const [own, other] = [incumbents.has(claim.partnerId), incumbents.has(partnerIn(finding))]
      return decided(name, finding, own === other ? null : own)
    }
  }
}

/** Who is protected already is never displaced by a rule: that is for a person. */
function decided(name: string, finding: Finding, wins: boolean | null): Weighed | null {
  if (wins === null) return null
  if (!wins) return { finding, says: 'decline', rule: name }
  return isProtected(finding)
    ? { finding, says: 'ask', rule: 'conflict-check', why: 'protected-for-another' }
    : { finding, says: 'clear', rule: name }
}

/** Whether the claim was there before; null: nothing says since when the other is. */
function goesFirst(claim: Claim, finding: Finding): boolean | null {
  const since = sinceOf(finding)
  if (since === null) return null
  const from =
    finding.kind === 'registration' || finding.kind === 'direct-deal'
      ? (finding.since ?? claim.submittedAt)
      : claim.submittedAt
  return isFirst({ id: claim.id, submittedAt: from }, { submittedAt: since, id: finding.otherId })
}

/** Of two claims on one deal the later goes into the earlier, and both into one that is approved. */
function merges(claim: Claim, finding: Finding): boolean {
  if (finding.kind !== 'registration') return false
  return isProtected(finding) || goesFirst(claim, finding) === false
}

function isProtected(finding: Finding): boolean {
  return finding.kind === 'registration' && finding.other.state === 'approved'
}

/** Since when what was found is there; null: nothing says. */
export function sinceOf(finding: Finding): Instant | null {
  switch (finding.kind) {
    case 'registration':
      return finding.other.submittedAt
    case 'lead':
      return finding.other.since
    case 'direct-deal':
      return finding.other?.openedAt ?? null
    case 'customer':
    case 'named-account':
    case 'overlap':
      return null
  }
}

function partnerIn(finding: Finding): string | null {
  switch (finding.kind) {
    case 'direct-deal':
    case 'named-account':
      return null
    case 'customer':
    case 'registration':
    case 'lead':
    case 'overlap':
      return finding.other.partnerId
  }
}

function tierIn(finding: Finding): string | null {
  return finding.kind === 'registration' || finding.kind === 'lead' ? (finding.other.tier ?? null) : null
}

function asked(finding: Finding, name: string): Weighed {
  return { finding, says: 'ask', rule: name, why: isCertain(finding) ? finding.kind : `${finding.kind}-by-name` }
}

function standing(name: StandingRule, codes: string[]): { rule: string; why: string }[] {
  return codes.map((why) => ({ rule: name, why }))
}

/** In the order of the policy's rules, and of what no rule distinguishes in an order that is always the same. */
function inOrder({ precedence }: Policy): (a: Weighed, b: Weighed) => number {
  const placeOf = (weighed: Weighed) => {
    const place = precedence.findIndex(({ name }) => name === weighed.rule)
    return place === -1 ? precedence.length : place
  }
  return (a, b) =>
    placeOf(a) - placeOf(b) ||
    findingKinds.indexOf(a.finding.kind) - findingKinds.indexOf(b.finding.kind) ||
    Number(isProtected(b.finding)) - Number(isProtected(a.finding)) ||
    Number(isCertain(b.finding)) - Number(isCertain(a.finding)) ||
    compare(sinceOf(a.finding), sinceOf(b.finding)) ||
    compare(a.finding.otherId, b.finding.otherId)
}

function compare(a: string | null, b: string | null): number {
  return (a ?? '') < (b ?? '') ? -1 : a === b ? 0 : 1
}

/** What a share leaves, in per cent. */
export function restOf(share: string): string {
  return minus('100', share) ?? '0'
}
