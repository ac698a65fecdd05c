/**
 * Makes what a connection's system lacks. Each step stands alone and is looked for before and after: a step that fails stops only
 * those that need it, and repeating the whole, also after a death half-way, makes nothing twice.
 */
import {
  ConnectorError,
  faultOf,
  type Ctx,
  type Fault,
  type Provisioner,
  type ProvisionStep,
} from '../../connectors/contract.ts'
import type { Db } from '../db/connection.ts'
import { CausewayError, type ErrorCode } from '../errors.ts'
import { chosen, isTooSmall, lookAround, lookForRoom, roomIn, standingOf } from './plan.ts'
import { dropIntent, noteIntent, tellMade } from './record.ts'

export interface ApplyWish {
  db: Db
  connection: string
  provisioner: Provisioner
  /** Ids of steps, to which those that they need are added; absent: all. */
  only?: readonly string[] | undefined
  /** `key:<id>`. */
  actor: string
  /** Begins no step after this long; what is left is made by the next call. */
  withinMs: number
  ctx: Ctx
}

/**
 * What became of one step. `there`: it was there before, or another made it meanwhile; `held`: a step that it needs is missing, or the
 * vendor stopped answering; `left`: not reached in time.
 */
export const outcomes = ['made', 'there', 'differs', 'by-hand', 'failed', 'held', 'left'] as const

export interface StepResult {
  step: ProvisionStep
  outcome: (typeof outcomes)[number]
  /** Why it failed or was held back, where a fault was the reason. */
  fault: Fault | null
  /** The steps that it waits for. */
  waitsFor: string[]
}

/** After these, every further request would end the same. */
const endings: ReadonlySet<ErrorCode> = new Set(['CW_VENDOR_AUTH', 'CW_VENDOR_QUOTA', 'CW_VENDOR_UNREACHABLE'])

/** What goes on at each connection in this process. */
const underWay = new Map<string, Promise<unknown>>()

/**
 * Two who apply to one connection here go one after the other: adding to a list of values is reading it and writing it back. From
 * another process it is the vendor's refusals and the look afterwards that tell.
 *
 * @throws CausewayError when the vendor's system cannot be looked at, `only` names what is not in the plan, or the vendor's limits leave
 *   no room for all of it: half of a set-up helps nobody, so then nothing is made
 */
export async function applyPlan(wish: ApplyWish): Promise<StepResult[]> {
  const before = underWay.get(wish.connection)
  const mine = (async () => {
    await before?.catch(() => undefined)
    return await applied(wish)
  })()
  underWay.set(wish.connection, mine)
  try {
    return await mine
  } finally {
    if (underWay.get(wish.connection) === mine) underWay.delete(wish.connection)
  }
}

async function applied(wish: ApplyWish): Promise<StepResult[]> {
  const { db, connection, provisioner, ctx } = wish
  const plan = await lookAround(provisioner, ctx)
  const began = performance.now()
  // What an earlier call made and died before it could tell.
  await tellMade(db, connection, present(plan), { late: true })
  const there = new Set(present(plan).map(({ id }) => id))
  const wished = chosen(plan, wish.only)
  await demandRoom(wish, wished)
  const results: StepResult[] = []
  let ended: Fault | null = null
  for (const step of wished) {
    const keep = (outcome: StepResult['outcome'], fault: Fault | null = null, waitsFor: string[] = []): void =>
      void results.push({ step, outcome, fault, waitsFor })
    const standing = standingOf(step)
    const waitsFor = step.after.filter((id) => !there.has(id))
    if (standing !== 'missing') keep(standing === 'made' ? 'there' : standing)
    else if (waitsFor.length > 0) keep('held', null, waitsFor)
    else if (ended !== null) keep('held', ended)
    else if (performance.now() - began > wish.withinMs) keep('left')
    else {
      const made = await make(wish, step)
      if (typeof made === 'string') {
        there.add(step.id)
        keep(made)
      } else {
        if (endings.has(made.code)) ended = made
        keep('failed', made)
      }
    }
  }
  return results.some(({ outcome }) => outcome === 'made') ? await seenAgain(wish, results) : results
}

async function demandRoom({ provisioner, ctx }: ApplyWish, steps: readonly ProvisionStep[]): Promise<void> {
  const short = (await lookForRoom(provisioner, steps, ctx)).filter(isTooSmall)
  if (short.length === 0) return
  const said = short.map((one) => `${one.of}: needs ${one.needs}, room for ${roomIn(one)} of ${one.limit}`)
  const limits = short.map(({ of, needs, limit, used }) => ({ of, needs, limit, used }))
  throw new CausewayError('CW_PROVISION_NO_ROOM', `There is too little room: ${said.join('; ')}`, { limits })
}

/** Things that are there, in whatever form: what needs them can be made. */
function present(plan: readonly ProvisionStep[]): ProvisionStep[] {
  return plan.filter(({ state }) => state !== 'missing')
}

async function make(wish: ApplyWish, step: ProvisionStep): Promise<'made' | 'there' | Fault> {
  const { db, connection, provisioner, ctx } = wish
  await noteIntent(db, connection, step, wish.actor)
  const { made, isUnclear } = await attempt(provisioner, step, ctx)
  if (made === 'made') await tellMade(db, connection, [step])
  else if (!isUnclear) await dropIntent(db, connection, step)
  if (!isUnclear || typeof made === 'string') return made
  // Perhaps it was made: the vendor is asked, and if it does not answer either, the next call looks first.
  const found = present(await lookedAt(provisioner, ctx)).filter(({ id }) => id === step.id)
  await tellMade(db, connection, found, { late: true })
  return found.length > 0 ? 'made' : made
}

async function attempt(provisioner: Provisioner, step: ProvisionStep, ctx: Ctx) {
  try {
    return { made: await provisioner.make(step, ctx), isUnclear: false }
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    return { made: error.fault, isUnclear: error.effect === 'maybe' }
  }
}

/** The plan, or nothing when the vendor does not answer. */
async function lookedAt(provisioner: Provisioner, ctx: Ctx): Promise<ProvisionStep[]> {
  try {
    return await provisioner.plan(ctx)
  } catch (error) {
    if (error instanceof ConnectorError) return []
    throw error
  }
}

/** What the vendor says it made must be seen afterwards, or nobody could rely on it. Where it can no longer be asked, its word stands. */
async function seenAgain({ provisioner, ctx }: ApplyWish, results: StepResult[]): Promise<StepResult[]> {
  const now = new Map((await lookedAt(provisioner, ctx)).map((step) => [step.id, step]))
  return results.map((result) => {
    const step = now.get(result.step.id)
    if (step === undefined) return result
    if (result.outcome !== 'made' || step.state !== 'missing') return { ...result, step }
    const fault = faultOf('CW_PROVISION_UNSEEN', `${step.id} was made, and is not seen yet`)
    return { ...result, step, outcome: 'failed', fault }
  })
}
