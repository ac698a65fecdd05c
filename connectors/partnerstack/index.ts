/** PartnerStack (API v2): partnerships are partners, members of their teams contacts, deals registrations, leads leads. */
import type { Connector, ConnectorModule, Ctx, Outcome, Write } from '../contract.ts'
import { inParallel } from '../in-parallel.ts'
import { archive } from './archive.ts'
import { capabilities } from './capabilities.ts'
import { authenticate, check } from './check.ts'
import { createClient } from './client.ts'
import { describeObject } from './describe.ts'
import { createLead } from './leads.ts'
import { nextListPage } from './list.ts'
import { mappings } from './mapping.ts'
import { addMember, readMembers } from './members.ts'
import { createObjects } from './objects.ts'
import { probes } from './probes.ts'
import { access, provisioner } from './provision.ts'
import { readOne } from './read.ts'
import { nextPage } from './scan.ts'
import { settings, type Settings } from './settings.ts'
import { setUp } from './set-up.ts'
import { subscriptions } from './subscriptions.ts'
import { createWebhooks } from './webhooks.ts'
import { atOnce, patch } from './write.ts'

export const partnerstack: ConnectorModule<Settings> = {
  vendor: 'partnerstack',
  apart: {
    secret: ['publicKey', 'secretKey', 'webhookSecret'],
    environment: ['baseUrl', 'mode', 'groups', 'leadGroup', 'certifyPartner'],
  },
  settings,
  limits: ({ requests }) => ({
    window: requests === undefined ? null : { requests: requests.count, windowMs: requests.windowMs },
    daily: null,
  }),
  mappings,
  setUp,
  create(config, { http, nowMs }): Connector {
    const client = createClient(config, http)
    const objectNamed = createObjects(config, client)
    const writeOne = (write: Write, ctx: Ctx): Promise<Outcome> => {
      if (write.object === 'members') return addMember(client, config, write, ctx)
      const how = { client, settings: config, ...objectNamed(write.object) }
      return write.object === 'leads' && write.mode !== 'update' && write.id === null
        ? createLead(how, write, ctx)
        : patch(how, write, ctx)
    }
    return {
      capabilities: capabilities(config),
      check: (ctx) => check(config, client, ctx),
      describe: (object, ctx) => describeObject(client, config, object, ctx),
      authenticate: (ctx) => authenticate(client, ctx),
      changes: (q, ctx) => nextPage({ client, settings: config, nowMs, ...objectNamed(q.object) }, q, ctx),
      list: (q, ctx) => nextListPage({ client, settings: config, nowMs, ...objectNamed(q.object) }, q, ctx),
      read: (refs, fields, ctx) =>
        refs[0]?.object === 'members'
          ? readMembers(client, config, refs, fields, ctx)
          : inParallel(refs, atOnce, (ref) => readOne({ client, ...objectNamed(ref.object) }, ref, fields, ctx)),
      write: (batch, ctx) => inParallel(batch, atOnce, (write) => writeOne(write, ctx)),
      remove: (object, ids, ctx) => archive(client, object, ids, ctx),
      provision: provisioner(config, client),
      access: (ctx) => access(client, ctx),
      webhooks: createWebhooks(config),
      subscriptions: subscriptions(client, config),
      probes: probes(client, config, nowMs),
    }
  },
}
