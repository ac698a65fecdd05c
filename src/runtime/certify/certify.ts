/**
 * Tries each capability of a connection against the vendor's real account, with marked records of its own, and says what the vendor
 * really does. Everything it makes it puts into the vendor's archive again, whatever happens.
 */
import { ConnectorError, type Capability, type Connector, type Ctx } from '../../../connectors/contract.ts'
import { canCreate, capabilityOf, fieldsOf, type System } from '../../mapping/systems.ts'
import { samples, triedKinds, type Sample } from './samples.ts'
import type { CertifyReport, Step } from './report.ts'
import { tried } from './trial.ts'
import { tryWrites, type Made } from './writes.ts'

export interface CertifyWish {
  system: System
  connector: Connector
  vendor: string
  /** Objects to try; absent: all. */
  objects?: readonly string[] | undefined
  currency: string
  signal: AbortSignal
  nowMs: () => number
  /** Told of every step as it ends. */
  say: (step: Step) => void
}

export async function certify(wish: CertifyWish): Promise<CertifyReport> {
  const { system, connector, vendor, nowMs, say } = wish
  const ctx: Ctx = { signal: wish.signal, priority: 'user' }
  const steps: Step[] = []
  const made: Made[] = []
  const keep = (step: Step) => {
    steps.push(step)
    say(step)
  }
  const at = new Date(nowMs()).toISOString()
  try {
    keep(await tried(null, 'check', () => check(connector, ctx)))
    const wanted = system.capabilities.filter(({ object }) => wish.objects?.includes(object) ?? true)
    for (const capability of wanted) for (const step of readings(system, connector, capability, ctx)) keep(await step())
    const all = samples(nowMs().toString(36), wish.currency, at.slice(0, 10))
    for (const kind of triedKinds) {
      const mapping = system.mappings.find((m) => m.kind === kind && wanted.some(({ object }) => object === m.object))
      const sample = all.get(kind)
      if (mapping === undefined || sample === undefined) continue
      const capability = capabilityOf(system, mapping.object)
      if (!canCreate(capability)) keep(notMade(mapping.object, kind))
      else await tryWrites({ system, connector, mapping, capability, sample, made, ctx, nowMs, keep })
    }
    for (const probe of connector.probes ?? []) keep(await asked(probe, ctx))
  } finally {
    // The signal may have ended the run; what was made must go all the same.
    await clearAway(connector, made, { signal: AbortSignal.timeout(CLEAR_MS), priority: 'user' }, keep)
  }
  const left = made.map(({ object, id }) => `${object} ${id}`)
  return { connection: system.name, vendor, at, steps, left }
}

const CLEAR_MS = 60_000

async function check(connector: Connector, ctx: Ctx): Promise<{ works: boolean; seen: string }> {
  const faults = await connector.check(ctx)
  return {
    works: faults.length === 0,
    seen:
      faults.length === 0 ? 'has what is needed' : faults.map(({ code, message }) => `${code}: ${message}`).join('; '),
  }
}

/** What can be found out without writing anything. */
function readings(system: System, connector: Connector, capability: Capability, ctx: Ctx): (() => Promise<Step>)[] {
  const { object } = capability
  const fields = fieldsOf(system, object)
  return [
    () =>
      tried(object, 'describe', async () => {
        const known = new Set((await connector.describe(object, ctx)).map(({ name }) => name))
        const missing = fields.filter((field) => !known.has(field))
        return {
          works: missing.length === 0,
          seen: missing.length === 0 ? `${String(known.size)} fields` : `lacks the mapped ${missing.join(', ')}`,
        }
      }),
    ...(capability.read === 'changes'
      ? [
          () =>
            tried(object, 'read changes', async () => {
              const page = await connector.changes({ object, cursor: null, from: null, fields }, ctx)
              return { works: true, seen: `${String(page.records.length)} records in the first page` }
            }),
        ]
      : []),
    ...(connector.list !== undefined && capability.read === 'changes'
      ? [
          () =>
            tried(object, 'list', async () => {
              const page = await connector.list?.({ object, cursor: null, fields }, ctx)
              const total = page?.total ?? null
              return {
                works: page !== undefined,
                seen: `${String(page?.records.length ?? 0)} records in the first page${total === null ? '' : ` of ${String(total)}`}`,
              }
            }),
        ]
      : []),
  ]
}

function notMade(object: string, kind: Sample['kind']): Step {
  const seen = `the vendor lets us make no ${kind} there; writing is tried with real records only`
  return { object, what: 'create', result: 'not tried', seen, ms: null, setting: null }
}

async function asked(probe: NonNullable<Connector['probes']>[number], ctx: Ctx): Promise<Step> {
  const began = performance.now()
  const step = { object: null, what: probe.name, ms: 0, setting: null }
  try {
    const { answer, isTried, setting } = await probe.run(ctx)
    const ms = Math.round(performance.now() - began)
    const result = isTried === false ? 'not tried' : 'answer'
    return { ...step, result, seen: `${probe.question} ${answer}`, ms, setting: setting ?? null }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { code, message } = error.fault
    return {
      ...step,
      result: 'fails',
      seen: `${probe.question} ${code}: ${message}`,
      ms: Math.round(performance.now() - began),
    }
  }
}

/** The last made first, so that nothing refers to what has gone. What went is taken off the list. */
async function clearAway(connector: Connector, made: Made[], ctx: Ctx, keep: (step: Step) => void): Promise<void> {
  for (const one of made.toReversed()) {
    const { object, id } = one
    if (connector.remove === undefined) {
      keep({
        object,
        what: 'remove',
        result: 'fails',
        seen: `the connector cannot remove ${id}`,
        ms: null,
        setting: null,
      })
      continue
    }
    const step = await tried(object, 'remove', async () => {
      const faults = (await connector.remove?.(object, [id], ctx)) ?? []
      return {
        works: faults.length === 0,
        seen: faults.map(({ code, message }) => `${code}: ${message}`).join('; ') || id,
      }
    })
    keep(step)
    if (step.result === 'works') made.splice(made.indexOf(one), 1)
  }
}
