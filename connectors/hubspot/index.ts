/** HubSpot as a CRM: companies, deals, and the associations between them. */
import type { Connector, ConnectorDeps, ConnectorModule, Usage } from '../contract.ts'
import { createApi } from './api.ts'
import { readChanges } from './changes.ts'
import { checkAccount, describeObject } from './check.ts'
import { mappings } from './mappings.ts'
import { capabilitiesOf, isRecordObject } from './objects.ts'
import { partiesApi } from './parties.ts'
import { readRecords } from './read.ts'
import { searchOver } from './search.ts'
import { settingsSchema, tierOf } from './settings.ts'
import type { Settings } from './settings.ts'
import { webhookCodec } from './webhooks.ts'
import { writeRecords } from './write.ts'

export const hubspot: ConnectorModule<Settings> = {
  vendor: 'hubspot',
  settings: settingsSchema,
  limits: (settings) => ({
    window: { requests: tierOf(settings).requests, windowMs: 10_000 },
    daily: tierOf(settings).daily,
  }),
  usage,
  mappings,
  create,
}

function create(settings: Settings, deps: ConnectorDeps): Connector {
  const api = createApi(settings, deps)
  const parties = partiesApi(api, settings)
  const search = searchOver(api, settings)
  const room = { api, parties, settings, search, nowMs: deps.nowMs }
  return {
    capabilities: capabilitiesOf(settings),
    check: (ctx) => checkAccount(room, ctx),
    describe: (object, ctx) => describeObject(room, object, ctx),
    async changes(q, ctx) {
      const { object } = q
      if (!isRecordObject(object)) throw new TypeError(`${object} is read by id only`)
      return readChanges(room, { ...q, object }, ctx)
    },
    async read(refs, fields, ctx) {
      const [first] = refs
      if (first === undefined) return []
      return isRecordObject(first.object) ? readRecords(room, first.object, refs, fields, ctx) : parties.read(refs, ctx)
    },
    async write(batch, ctx) {
      const [first] = batch
      if (first === undefined) return []
      return isRecordObject(first.object) ? writeRecords(room, first.object, batch, ctx) : parties.write(batch, ctx)
    },
    webhooks: webhookCodec(settings),
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
