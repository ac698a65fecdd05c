/** Faults on demand: what a test asks for, and which of them strike a given request. */
import { z } from 'zod'
import type { SandboxRequest } from './definition.ts'

export const faultKinds = [
  'status',
  'throttle',
  'expired-token',
  'html',
  'delay',
  'stall',
  'stall-before-headers',
  'reset-before-headers',
  'reset-mid-body',
] as const
export type FaultKind = (typeof faultKinds)[number]

export const faultSchema = z.strictObject({
  // `PATCH /api/v2/deals/:key`, `GET *`, `* *`: a star stands for anything; the real path is matched as well as the pattern.
  route: z.string().default('* *'),
  kind: z.enum(faultKinds),
  /** `before`: the vendor never sees the request. `after`: it has taken effect and only the answer suffers. */
  when: z.enum(['before', 'after']).default('before'),
  times: z.union([z.int().positive(), z.literal('always')]).default(1),
  probability: z.number().min(0).max(1).default(1),
  /** Makes `probability` the same in every run. */
  seed: z.int().default(1),
  /** All that are given must be contained. */
  match: z
    .strictObject({
      header: z.record(z.string(), z.string()).optional(),
      path: z.string().optional(),
      query: z.string().optional(),
      body: z.string().optional(),
    })
    .default({}),
  /** For `status` (default 503) and `html` (default 200: the nasty page in between that says all is well). */
  status: z.int().min(200).max(599).optional(),
  headers: z.record(z.string(), z.string()).default({}),
  /** For `status` and `html`: a string is sent as it is, anything else as JSON. */
  body: z.unknown().optional(),
  /** For `throttle`: absent, no `Retry-After`. Seconds, or a text to send as it is. */
  retryAfter: z.union([z.number().min(0), z.string()]).optional(),
  /** For `delay`, in real milliseconds. */
  ms: z.int().min(0).default(1000),
})
export type FaultInput = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema> & { id: string; struck: number }

export interface Faults {
  add(fault: z.output<typeof faultSchema>): Fault
  list(): Fault[]
  /** Without an id: all. Answers how many went. */
  clear(id?: string): number
  /** The faults that strike this request, delays first and at most one other; their `times` are used up by this. */
  strike(request: SandboxRequest): { delays: Fault[]; fault: Fault | null }
}

export function createFaults(): Faults {
  let active: { fault: Fault; random: () => number }[] = []
  let made = 0
  const strikes = ({ fault, random }: (typeof active)[number], request: SandboxRequest) =>
    (fault.times === 'always' || fault.struck < fault.times) &&
    matches(fault, request) &&
    (fault.probability === 1 || random() < fault.probability)

  return {
    add(input) {
      made += 1
      const fault = { ...input, id: `fault_${made}`, struck: 0 }
      active.push({ fault, random: seededRandom(input.seed) })
      return fault
    },
    list: () => active.map(({ fault }) => fault),
    clear(id) {
      const before = active.length
      active = id === undefined ? [] : active.filter(({ fault }) => fault.id !== id)
      return before - active.length
    },
    strike(request) {
      const delays: Fault[] = []
      let other: Fault | null = null
      for (const entry of active) {
        const isDelay = entry.fault.kind === 'delay'
        if ((!isDelay && other) || !strikes(entry, request)) continue
        entry.fault.struck += 1
        if (isDelay) delays.push(entry.fault)
        else other = entry.fault
      }
      return { delays, fault: other }
    },
  }
}

function matches(fault: Fault, request: SandboxRequest): boolean {
  const { header, path, query, body } = fault.match
  return (
    (glob(fault.route, request.route) || glob(fault.route, `${request.method} ${request.path}`)) &&
    Object.entries(header ?? {}).every(
      ([name, part]) => request.headers[name.toLowerCase()]?.includes(part) ?? false,
    ) &&
    (path === undefined || request.path.includes(path)) &&
    (query === undefined ||
      [...request.query]
        .map((pair) => pair.join('='))
        .join('&')
        .includes(query)) &&
    (body === undefined || request.body.includes(body))
  )
}

function glob(pattern: string, text: string): boolean {
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`))
  return new RegExp(`^${source.join('.*')}$`, 's').test(text)
}

/** mulberry32: the same numbers from the same seed, so that a run with chance in it can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}
