/** Limits tracking: what the account may have of properties, pipelines and labels, and how much of it is used. */
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { missingScopes } from './errors.ts'
import { tokenOf } from './limits.ts'
import { objectTypeNames, objectTypeOf, objectTypes } from './object-types.ts'
import type { ObjectType } from './object-types.ts'
import type { Portal } from './portal.ts'
import { routes } from './routing.ts'
import { scopesOf } from './world.ts'
import type { Handle, HubSpotWorld } from './world.ts'

const limits = (tail: string) => [`/crm/v3/limits/${tail}`, `/crm/limits/2026-09/${tail}`]

export const limitRoutes = [
  ...routes('GET', limits('custom-properties'), 'read', told(customProperties)),
  ...routes('GET', limits('pipelines'), 'read', told(pipelines)),
  ...routes('GET', limits('associations/labels'), 'read', told(labels)),
]

/** HubSpot lets any scope of the CRM's objects ask; a plan that does not tell a limit refuses it as a missing scope. */
function told(answer: (request: SandboxRequest, portal: Portal) => unknown): Handle {
  return (request, portal, world): SandboxReply => {
    if (!portal.switches.limitsTold || !mayAsk(request, world)) throw missingScopes(['crm.objects.deals.read'])
    return { status: 200, json: answer(request, portal) }
  }
}

function mayAsk(request: SandboxRequest, world: HubSpotWorld): boolean {
  const token = tokenOf(request, world)
  return token !== null && scopesOf(token, world).some((scope) => scope.startsWith('crm.objects.'))
}

function customProperties(_: SandboxRequest, { properties, switches }: Portal) {
  const used = (type: ObjectType) =>
    [...properties[type].values()].filter((p) => !p.hubspotDefined && !p.archived).length
  const byObjectType = objectTypeNames.map((type) => ({
    ...named(type),
    ...usage(used(type), switches.customProperties),
  }))
  const overall = usage(
    byObjectType.reduce((sum, row) => sum + row.usage, 0),
    switches.customProperties * objectTypeNames.length,
  )
  return { byObjectType, ...overallOf(overall) }
}

function pipelines(_: SandboxRequest, portal: Portal) {
  const rows = [...portal.pipelines].map(([type, all]) => ({
    ...named(type),
    ...usage(all.filter((p) => !p.archived).length, portal.switches.dealPipelines),
  }))
  return {
    hubspotDefinedObjectTypes: rows,
    customObjectTypes: { byObjectType: [], ...overallOf(usage(0, portal.switches.dealPipelines)) },
  }
}

/** Of the pair that is asked for, or of each pair that has labels of its own. */
function labels({ query }: SandboxRequest, { associationTypes, switches }: Portal) {
  const [from, to] = [query.get('fromObjectTypeId'), query.get('toObjectTypeId')].map((id) => objectTypeOf(id ?? ''))
  const own = associationTypes.filter(({ category }) => category === 'USER_DEFINED')
  const asked = from != null && to != null ? [{ from, to }] : own.map((type) => ({ from: type.from, to: type.to }))
  const pairs = new Map(asked.map((pair) => [`${pair.from}:${pair.to}`, pair]))
  return {
    results: [...pairs.values()].map((pair) => {
      const held = own.filter((type) => type.from === pair.from && type.to === pair.to)
      return {
        fromObjectType: named(pair.from),
        toObjectType: named(pair.to),
        allLabels: held.map(({ label }) => label),
        ...usage(held.length, switches.labelsAPair),
      }
    }),
  }
}

const named = (type: ObjectType) => ({
  objectTypeId: objectTypes[type].id,
  singularLabel: objectTypes[type].singular,
  pluralLabel: type,
})

const usage = (used: number, limit: number) => ({
  limit,
  usage: used,
  percentage: limit === 0 ? 100 : (used / limit) * 100,
})

const overallOf = ({ limit, usage: used, percentage }: ReturnType<typeof usage>) => ({
  overallLimit: limit,
  overallUsage: used,
  overallPercentage: percentage,
})
