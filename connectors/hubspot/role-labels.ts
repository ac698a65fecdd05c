/** The labels of partners' parts in deals: found by name, for their ids differ in every account. */
import { z } from 'zod'
import type { PartyRole } from '../../src/domain/records.ts'
import type { Ctx } from '../contract.ts'
import type { Api } from './api.ts'
import { AssociationTypes } from './associations.ts'
import type { Settings } from './settings.ts'

export const partnerRoles = ['sourcing', 'influencing', 'co-sell', 'fulfilment'] as const satisfies PartyRole[]
export const roles = ['customer', ...partnerRoles] as const satisfies PartyRole[]

export const isRole = (value: unknown): value is PartyRole => roles.some((role) => role === value)

export interface RoleLabels {
  /**
   * The association type of each role from deals to companies; a role is absent while the account has no such label. Looked up
   * once; `wanted` names roles that are worth asking again for.
   */
  types(ctx: Ctx, wanted?: readonly PartyRole[]): Promise<ReadonlyMap<PartyRole, number>>
  /** Something does not fit: perhaps a label was made anew and has another id now. */
  forget(): void
}

/** An account that lacks a label may get one; reading asks again this seldom. */
const againMs = 300_000

const labelsSchema = z.object({
  results: z.array(z.object({ category: z.string(), typeId: z.number(), label: z.string().nullish() })),
})
type Label = z.output<typeof labelsSchema>['results'][number]

/** The account's own labels between two objects, seen from the first. */
export async function labelsBetween(
  api: Api,
  from: 'deals' | 'companies',
  to: 'deals' | 'companies',
  ctx: Ctx,
): Promise<Label[]> {
  const route = `GET /crm/v4/associations/${from}/${to}/labels`
  const { data } = await api.call({ ctx, route, effect: 'read', schema: labelsSchema, success: 200 }, (sdk) =>
    sdk.labels.getAll(from, to),
  )
  return data.results.filter(({ category }) => category !== 'HUBSPOT_DEFINED')
}

export function roleLabels(api: Api, settings: Settings, nowMs: () => number): RoleLabels {
  let known: { types: ReadonlyMap<PartyRole, number>; untilMs: number } | null = null

  async function lookUp(ctx: Ctx): Promise<ReadonlyMap<PartyRole, number>> {
    const own = await labelsBetween(api, 'deals', 'companies', ctx)
    const types = new Map<PartyRole, number>([['customer', AssociationTypes.primaryDealToCompany]])
    for (const role of partnerRoles) {
      const named = own.find((t) => t.label === settings.partnerLabels[role])
      if (named !== undefined) types.set(role, named.typeId)
    }
    known = { types, untilMs: types.size === roles.length ? Infinity : nowMs() + againMs }
    return types
  }

  return {
    async types(ctx, wanted = []) {
      if (known === null || nowMs() >= known.untilMs) return lookUp(ctx)
      const { types } = known
      return wanted.every((role) => types.has(role)) ? types : lookUp(ctx)
    },
    forget() {
      known = null
    },
  }
}
