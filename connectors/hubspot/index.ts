/** HubSpot as a CRM: companies, contacts, deals, leads, owners, and the parts of companies in deals. */
import type { Connector, ConnectorDeps, ConnectorModule, Usage } from '../contract.ts'
import { compareAccess, grantedScopes } from './access.ts'
import { createApi } from './api.ts'
import { readChanges } from './changes.ts'
import { authenticate, checkAccount } from './check.ts'
import { dealStart } from './deal-start.ts'
import { describeObject } from './describe.ts'
import { findRecords } from './find.ts'
import { listRecords } from './list.ts'
import { mappings } from './mappings.ts'
import { listMembers } from './members.ts'
import { capabilitiesOf, isRecordObject } from './objects.ts'
import { oauthApp } from './oauth.ts'
import { ownersApi } from './owners.ts'
import { partiesApi } from './parties.ts'
import { partnerCompanies } from './partner-companies.ts'
import { provisionerOf } from './provision/provisioner.ts'
import { probesOf } from './probes.ts'
import { readRecords } from './read.ts'
import { archiveRecords } from './remove.ts'
import { roleLabels } from './role-labels.ts'
import { searchOver } from './search.ts'
import { settingsSchema, tierOf } from './settings.ts'
import type { Settings } from './settings.ts'
import { setUp } from './set-up.ts'
import { subscriptionsOf } from './subscriptions.ts'
import { partyView, recordView } from './views.ts'
import { webhookCodec } from './webhooks.ts'
import { writeRecords } from './write.ts'

export const hubspot: ConnectorModule<Settings> = {
  vendor: 'hubspot',
  apart: {
    secret: ['accessToken', 'clientSecret', 'refreshToken', 'developerApiKey'],
    environment: ['baseUrl', 'clientId', 'pipeline', 'openStage', 'ownerFallback', 'appId'],
  },
  settings: settingsSchema,
  limits: (settings) => ({
    window: { requests: tierOf(settings).requests, windowMs: 10_000 },
    daily: tierOf(settings).daily,
  }),
  usage,
  mappings,
  oauth: oauthApp,
  setUp,
  create,
}

function create(settings: Settings, deps: ConnectorDeps): Connector {
  const api = createApi(settings, deps)
  const { nowMs } = deps
  const labels = roleLabels(api, settings, nowMs)
  const partners = partnerCompanies({ api, settings }, nowMs)
  const parties = partiesApi({ api, settings }, labels, partners)
  const owners = ownersApi(api, nowMs)
  const start = dealStart(api, settings, nowMs)
  const scopes = grantedScopes(settings, deps)
  const room = { api, settings, labels, partners, parties, owners, start, search: searchOver(api, settings), nowMs }
  const viewOf = (object: string) => (isRecordObject(object) ? recordView(room, object) : partyView(room, nowMs))
  return {
    capabilities: capabilitiesOf(settings),
    check: (ctx) => checkAccount(room, ctx),
    authenticate: (ctx) => authenticate(room, ctx),
    describe: (object, ctx) => describeObject(api, object, ctx),
    changes: (q, ctx) => (q.object === 'owners' ? owners.changes(q, ctx) : readChanges(room, viewOf(q.object), q, ctx)),
    list: (q, ctx) => (q.object === 'owners' ? owners.list(q, ctx) : listRecords(room, viewOf(q.object), q, ctx)),
    async read(refs, fields, ctx) {
      const object = refs[0]?.object
      if (object === undefined) return []
      if (object === 'owners') return owners.read(refs, ctx)
      return isRecordObject(object) ? readRecords(room, object, refs, fields, ctx) : parties.read(refs, ctx)
    },
    async find(q, ctx) {
      if (q.object === 'owners') return owners.find(q, ctx)
      if (!isRecordObject(q.object)) throw new TypeError(`${q.object} is not searched`)
      return findRecords(room, q.object, q, ctx)
    },
    members: (q, ctx) => listMembers(api, q, ctx),
    async write(batch, ctx) {
      const object = batch[0]?.object
      if (object === undefined) return []
      if (object === 'owners') throw new TypeError('owners are only read')
      return isRecordObject(object) ? writeRecords(room, object, batch, ctx) : parties.write(batch, ctx)
    },
    async remove(object, ids, ctx) {
      if (isRecordObject(object)) return archiveRecords(api, object, ids, ctx)
      await parties.remove(ids, ctx)
      return []
    },
    provision: provisionerOf({ api, settings, labels, scopes }),
    access: (ctx) => compareAccess(settings, deps.readsLists ?? false, scopes, ctx),
    probes: probesOf(room),
    webhooks: webhookCodec(settings),
    ...(settings.appId === undefined ? {} : { subscriptions: subscriptionsOf(api, settings, settings.appId) }),
  }
}

/** The day's headers are absent with OAuth, and search answers carry none at all. */
function usage(headers: Record<string, string>): Usage | null {
  const number = (name: string) => (/^\d+$/.test(headers[name] ?? '') ? Number(headers[name]) : null)
  const dailyLimit = number('x-hubspot-ratelimit-daily')
  const dailyRemaining = number('x-hubspot-ratelimit-daily-remaining')
  const windowRemaining = number('x-hubspot-ratelimit-remaining')
  if (dailyLimit === null && windowRemaining === null) return null
  const dailyUsed = dailyLimit === null || dailyRemaining === null ? null : dailyLimit - dailyRemaining
  return { dailyUsed, dailyLimit, windowRemaining }
}
