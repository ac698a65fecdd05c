import type { FaultInput } from '../../sandbox/framework/faults.ts'

/** What a run will do, drawn from its seed: who registers what, what becomes of it, which faults strike and what is killed. */

export type Fate = 'lapse' | 'win' | 'lose' | 'withdraw'

export interface Submission {
  n: number
  partner: 'p0' | 'p1' | 'p2'
  company: string
  domain: string
  /** In whole units; above the limit a person decides. */
  amount: number
  decision: 'approve' | 'decline'
  fate: Fate
  /** The company is registered by another partner as well. */
  contested: boolean
}

export type Random = () => number

/** A small generator with a seed (mulberry32), so that a failing run can be run again. */
export function seeded(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(random: Random, from: readonly T[]): T {
  const chosen = from[Math.floor(random() * from.length)]
  if (chosen === undefined) throw new Error('nothing to pick from')
  return chosen
}

export const LIMIT = 50_000

/** The n-th submission. One in five names a company of an earlier one, by another partner. */
export function submission(random: Random, n: number, earlier: readonly Submission[]): Submission {
  const rival = random() < 0.2 ? earlier.filter((s) => !s.contested && n - s.n < 4).at(-1) : undefined
  const partner =
    rival === undefined
      ? pick(random, ['p0', 'p1', 'p2'] as const)
      : pick(
          random,
          (['p0', 'p1', 'p2'] as const).filter((p) => p !== rival.partner),
        )
  if (rival !== undefined) rival.contested = true
  const big = rival === undefined && random() < 0.25
  return {
    n,
    partner,
    company: rival?.company ?? `Werk ${String(n)} Zeta`,
    domain: rival?.domain ?? `werk-${String(n)}-zeta.com`,
    amount: big ? LIMIT + 1 + Math.floor(random() * 1_000) : 1_000 + Math.floor(random() * 40_000),
    // A person is also asked when not everything could be read in time: then what a rule would say is said.
    decision: rival !== undefined || (big && random() < 0.5) ? 'decline' : 'approve',
    fate: pick(random, ['lapse', 'lapse', 'win', 'lose', 'withdraw'] as const),
    contested: rival !== undefined,
  }
}

const faultKinds = [
  { kind: 'status', status: 500 },
  { kind: 'status', status: 503 },
  { kind: 'throttle' },
  { kind: 'reset-before-headers' },
  { kind: 'reset-mid-body' },
  { kind: 'stall' },
  { kind: 'html' },
  { kind: 'expired-token' },
] as const

/** A fault for one or two requests of any route of a vendor, before or after the vendor has committed. */
export function fault(random: Random): FaultInput {
  const kind = pick(random, faultKinds)
  return {
    route: pick(random, ['GET *', 'POST *', 'PATCH *', '* *']),
    when: random() < 0.5 ? 'before' : 'after',
    times: 1 + Math.floor(random() * 2),
    ...kind,
  }
}
