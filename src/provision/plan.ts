/** What a connection's system lacks, as its connector finds it. */
import {
  ConnectorError,
  type Ctx,
  type Headroom,
  type Provisioner,
  type ProvisionStep,
} from '../../connectors/contract.ts'
import { CausewayError } from '../errors.ts'

/** `by-hand`: it is missing, and the vendor lets no program make it. */
export const standings = ['made', 'missing', 'differs', 'by-hand'] as const
export type Standing = (typeof standings)[number]

export function standingOf({ state, byHand }: ProvisionStep): Standing {
  return state === 'missing' && byHand !== undefined ? 'by-hand' : state
}

/** How many steps stand so; all four are named. */
export function countStandings(steps: readonly ProvisionStep[]): Record<Standing, number> {
  const counts = { made: 0, missing: 0, differs: 0, 'by-hand': 0 }
  for (const step of steps) counts[standingOf(step)] += 1
  return counts
}

/**
 * Looks for everything that the connection's settings wish for.
 *
 * @throws CausewayError with the code of what keeps the vendor from answering
 */
export async function lookAround(provisioner: Provisioner, ctx: Ctx): Promise<ProvisionStep[]> {
  return asked(() => provisioner.plan(ctx))
}

/**
 * What the vendor's limits leave for those of the steps that are to be made.
 *
 * @throws CausewayError with the code of what keeps the vendor from answering; a limit that it does not tell is no such thing
 */
export async function lookForRoom(
  provisioner: Provisioner,
  steps: readonly ProvisionStep[],
  ctx: Ctx,
): Promise<Headroom[]> {
  const missing = steps.filter((step) => standingOf(step) === 'missing')
  if (missing.length === 0 || provisioner.headroom === undefined) return []
  return asked(async () => (await provisioner.headroom?.(missing, ctx)) ?? [])
}

/** How many more may be made; null: the vendor does not tell. */
export const roomIn = ({ limit, used }: Pick<Headroom, 'limit' | 'used'>): number | null =>
  limit === null || used === null ? null : Math.max(0, limit - used)

/** Whether the vendor is sure to refuse some of what is to be made. */
export function isTooSmall(headroom: Headroom): boolean {
  const room = roomIn(headroom)
  return headroom.unsure === null && room !== null && room < headroom.needs
}

async function asked<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error
    const { code, message, vendorCode, fields } = error.fault
    throw new CausewayError(code, message, { vendorCode, fields }, { cause: error })
  }
}

/**
 * The steps that are wished for, in the plan's order, with those that they need.
 *
 * @param only ids; absent: all
 * @throws CW_REQUEST_INVALID for an id that the plan has not
 */
export function chosen(plan: readonly ProvisionStep[], only?: readonly string[]): ProvisionStep[] {
  if (only === undefined) return [...plan]
  const byId = new Map(plan.map((step) => [step.id, step]))
  const unknown = only.filter((id) => !byId.has(id))
  if (unknown.length > 0)
    throw new CausewayError('CW_REQUEST_INVALID', `The plan has no step ${unknown.join(', ')}`, {
      steps: plan.map(({ id }) => id),
    })
  const wanted = new Set<string>()
  const add = (id: string): void => {
    if (wanted.has(id)) return
    wanted.add(id)
    for (const needed of byId.get(id)?.after ?? []) add(needed)
  }
  for (const id of only) add(id)
  return plan.filter(({ id }) => wanted.has(id))
}
