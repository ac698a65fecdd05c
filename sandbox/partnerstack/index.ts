/** The PartnerStack stand-in: the vendor API under `/api/v2`, as far as its public material describes it. */
import type { SandboxDefinition, SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { applicationRoutes } from './applications.ts'
import { customerRoutes } from './customers.ts'
import { dealRoutes } from './deals.ts'
import { webhooks } from './events.ts'
import { modeOf, refusal } from './exchange.ts'
import { groupRoutes } from './groups.ts'
import { hookRoutes } from './hooks.ts'
import { leadRoutes } from './leads.ts'
import { partnershipRoutes } from './partnerships.ts'
import { changeSchema } from './schema-change.ts'
import { seed } from './seed.ts'
import type { PortalWorld, State } from './state.ts'
import { switchDocs, switches, type Switches } from './switches.ts'
import { createTenant } from './tenant.ts'
import { tierRoutes } from './tiers.ts'
import { transactionRoutes } from './transactions.ts'

export { defaultKeys as partnerstackKeys } from './tenant.ts'

export const partnerstackSandbox: SandboxDefinition<State, Switches> = {
  vendor: 'partnerstack',
  switches,
  switchDocs,
  create: createTenant,
  routes: [
    ...partnershipRoutes,
    ...groupRoutes,
    ...tierRoutes,
    ...dealRoutes,
    ...leadRoutes,
    ...customerRoutes,
    ...transactionRoutes,
    ...applicationRoutes,
    ...hookRoutes,
  ],
  seed,
  changeSchema,
  dump: ({ state }) =>
    Object.fromEntries(
      Object.entries(state)
        .filter(([name]) => name !== 'keys' && name !== 'windows')
        .map(([name, table]) => [name, table instanceof Map ? [...table.values()] : table]),
    ),
  before: (request, world) => refuseStranger(request, world) ?? refuseHaste(request, world),
  faultBodies: {
    throttle: () => refusal(429, 'Too many requests'),
    expiredToken: () => refusal(401, 'Unauthorized'),
  },
  webhooks,
}

function refuseStranger(request: SandboxRequest, world: PortalWorld): SandboxReply | null {
  return modeOf(request, world) === null ? refusal(401, 'Unauthorized') : null
}

function refuseHaste(request: SandboxRequest, world: PortalWorld): SandboxReply | null {
  const { requestsPerMinute, rateLimitRetryAfter } = world.switches
  if (requestsPerMinute === 0) return null
  const now = world.clock.now()
  const minute = Math.floor(now / 60_000)
  const pair = modeOf(request, world) ?? ''
  const before = world.state.windows.get(pair)
  const used = before?.minute === minute ? before.used + 1 : 1
  world.state.windows.set(pair, { minute, used })
  if (used <= requestsPerMinute) return null
  const wait = String(Math.ceil(((minute + 1) * 60_000 - now) / 1000))
  return refusal(429, 'Too many requests', rateLimitRetryAfter ? { 'retry-after': wait } : {})
}
