/** PartnerStack (API v2): partnerships are partners, deals are registrations. */
import type { Connector, ConnectorModule } from '../contract.ts'
import { inParallel } from '../in-parallel.ts'
import { capabilities } from './capabilities.ts'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { describeObject } from './describe.ts'
import { mappings } from './mapping.ts'
import { createObjects } from './objects.ts'
import { readOne } from './read.ts'
import { nextPage } from './scan.ts'
import { settings, type Settings } from './settings.ts'
import { createWebhooks } from './webhooks.ts'
import { atOnce, patch } from './write.ts'

export const partnerstack: ConnectorModule<Settings> = {
  vendor: 'partnerstack',
  settings,
  limits: ({ requests }) => ({
    window: requests === undefined ? null : { requests: requests.count, windowMs: requests.windowMs },
    daily: null,
  }),
  mappings,
  create(config, { http, nowMs }): Connector {
    const client = createClient(config, http)
    const objectNamed = createObjects(config, client)
    return {
      capabilities: capabilities(config),
      check: (ctx) => check(config, client, ctx),
      describe: (object, ctx) => describeObject(client, object, ctx),
      changes: (q, ctx) => nextPage({ client, settings: config, nowMs, ...objectNamed(q.object) }, q, ctx),
      read: (refs, fields, ctx) =>
        inParallel(refs, atOnce, (ref) => readOne({ client, ...objectNamed(ref.object) }, ref, fields, ctx)),
      write: (batch, ctx) =>
        inParallel(batch, atOnce, (write) =>
          patch({ client, settings: config, ...objectNamed(write.object) }, write, ctx),
        ),
      webhooks: createWebhooks(config),
    }
  },
}
