/** HubSpot's stand-in: a stateful portal behind the paths that `@hubspot/api-client` calls and their dated aliases. */
import type { SandboxDefinition } from '../framework/definition.ts'
import { accountRoutes } from './account-routes.ts'
import { oauthRoutes } from './oauth-routes.ts'
import { associationRoutes } from './association-routes.ts'
import { batchRoutes } from './batch-routes.ts'
import { admit, expired, limitHeaders, throttled } from './limits.ts'
import { limitRoutes } from './limit-routes.ts'
import { listRoutes } from './list-routes.ts'
import { objectRoutes } from './object-routes.ts'
import { pipelineRoutes } from './pipeline-routes.ts'
import { propertyRoutes } from './property-routes.ts'
import { changeSchema } from './schema-change.ts'
import { dump, seed } from './seed.ts'
import { defaultSwitches, switchDocs } from './switches.ts'
import type { Switches } from './switches.ts'
import { validationRoutes } from './validation-routes.ts'
import { webhookRoutes } from './webhook-routes.ts'
import { webhooks } from './webhooks.ts'
import { createState } from './world.ts'
import type { State } from './world.ts'

export { webhookApp } from './webhook-app.ts'
export { allScopes, oauthApp, serviceKey } from './world.ts'

export const hubspotSandbox: SandboxDefinition<State, Switches> = {
  vendor: 'hubspot',
  switches: defaultSwitches,
  switchDocs,
  create: createState,
  routes: [
    ...objectRoutes,
    ...batchRoutes,
    ...associationRoutes,
    ...propertyRoutes,
    ...pipelineRoutes,
    ...listRoutes,
    ...limitRoutes,
    ...validationRoutes,
    ...accountRoutes,
    ...oauthRoutes,
    ...webhookRoutes,
  ],
  seed,
  changeSchema,
  dump,
  before: admit,
  decorate: (request, reply, world) => ({ ...reply, headers: { ...limitHeaders(request, world), ...reply.headers } }),
  faultBodies: { throttle: throttled, expiredToken: expired },
  webhooks,
}
