/** A stand-in for a Salesforce org: stateful, strict, and as fussy as the platform in what integrations meet. */
import type { SandboxDefinition, SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { approvalRoutes } from './approvals.ts'
import { collectionRoutes } from './collections.ts'
import { compositeRoutes } from './composite.ts'
import { describeRoutes, versions } from './describe.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import { feedRoutes } from './feeds.ts'
import { jobRoutes } from './jobs.ts'
import { listViewRoutes } from './list-views.ts'
import { invalidSession, oauthRoutes, refusedSession } from './oauth.ts'
import { freshOrg } from './org.ts'
import type { Org } from './org.ts'
import { queryRoutes } from './queries.ts'
import { recordRoutes } from './records.ts'
import { reportRoutes } from './reports.ts'
import { dump, seed } from './seed.ts'
import { changeSchema } from './schema-change.ts'
import { follow } from './set-up.ts'
import { streamingRoutes } from './streaming.ts'
import { defaults, switchDocs } from './switches.ts'
import type { Switches } from './switches.ts'
import { toolingRoutes } from './tooling.ts'

const parts: OrgRoute[] = [...recordRoutes, ...queryRoutes, ...collectionRoutes, ...describeRoutes, ...feedRoutes]

export const salesforceSandbox: SandboxDefinition<Org, Switches> = {
  vendor: 'salesforce',
  switches: defaults,
  switchDocs,
  create: freshOrg,
  routes: [
    ...oauthRoutes,
    ...parts,
    ...compositeRoutes(parts),
    ...toolingRoutes,
    ...listViewRoutes,
    ...reportRoutes,
    ...jobRoutes,
    ...approvalRoutes,
    ...streamingRoutes,
  ],
  seed,
  changeSchema,
  dump,
  before,
  decorate,
  faultBodies: {
    expiredToken: () => invalidSession(),
  },
}

function before(request: SandboxRequest, world: OrgWorld): SandboxReply | null {
  const org = world.state
  follow(org, world.switches, world.clock.now())
  org.call = world.nextNumber()
  if (request.effect === 'token') return null
  const version = request.params.version
  if (version !== undefined && !versions.some((v) => version === `v${v}`)) {
    return { status: 404, json: [{ errorCode: 'NOT_FOUND', message: 'The requested resource does not exist' }] }
  }
  const refused = refusedSession(request, world)
  if (refused !== null) return refused
  // Polls of the change stream are no calls of the API.
  if (request.path.startsWith('/cometd/')) return null
  if (org.used >= world.switches.dailyLimit) {
    return { status: 403, json: [{ message: 'TotalRequests Limit exceeded.', errorCode: 'REQUEST_LIMIT_EXCEEDED' }] }
  }
  org.used += 1
  return null
}

/** The org's own time, and how many calls of the day are used. */
function decorate(request: SandboxRequest, reply: SandboxReply, world: OrgWorld): SandboxReply {
  const date = new Date(world.clock.now()).toUTCString()
  if (request.effect === 'token') return { ...reply, headers: { date, ...reply.headers } }
  const used = `api-usage=${String(world.state.used)}/${String(world.switches.dailyLimit)}`
  const info = world.switches.burstInLimitInfo ? `${used}; api-bursts=1/750` : used
  const headers: Record<string, string> = { date, 'sforce-limit-info': info }
  if (reply.json !== undefined) headers['content-type'] = 'application/json;charset=UTF-8'
  return { ...reply, headers: { ...headers, ...reply.headers } }
}
