/** Salesforce: accounts and partner accounts, opportunities as deals. */
import type { Connector, ConnectorModule } from '../contract.ts'
import { nextPage } from './changes.ts'
import { check } from './check.ts'
import { createClient } from './client.ts'
import { describeObject } from './describe.ts'
import { mappings } from './mapping.ts'
import { capabilities } from './objects.ts'
import { readRecords } from './read.ts'
import { settings } from './settings.ts'
import type { Settings } from './settings.ts'
import { usage } from './usage.ts'
import { writeBatch } from './write.ts'

export const salesforce: ConnectorModule<Settings> = {
  vendor: 'salesforce',
  settings,
  limits: ({ dailyLimit }) => ({ window: null, daily: dailyLimit ?? null }),
  usage,
  mappings,
  create(config, deps): Connector {
    const client = createClient(config, deps)
    const fields = rememberedFields(config)
    return {
      capabilities: capabilities(config),
      check: (ctx) => check(client, config, ctx),
      describe: (object, ctx) => describeObject(client, config, object, ctx),
      changes(q, ctx) {
        fields.remember(q.object, q.fields)
        return nextPage(client, config, deps.nowMs, q, ctx)
      },
      read(refs, wished, ctx) {
        for (const { object } of refs.slice(0, 1)) fields.remember(object, wished)
        return readRecords(client, config, refs, wished, ctx)
      },
      write: (batch, ctx) => writeBatch({ client, settings: config, nowMs: deps.nowMs, fields: fields.of }, batch, ctx),
    }
  },
}

/** Which fields the caller uses of an object, so that a write's read-back holds what a read would: its mapping may be edited. */
function rememberedFields(config: Settings) {
  const known = new Map<string, Set<string>>()
  const of = (object: string): Set<string> => {
    const found =
      known.get(object) ??
      new Set(
        mappings(config).flatMap((m) =>
          m.object === object ? [...m.fields.map((f) => f.path), ...Object.keys(m.fixed ?? {})] : [],
        ),
      )
    known.set(object, found)
    return found
  }
  return {
    of: (object: string): string[] => [...of(object)],
    remember(object: string, fields: string[]): void {
      for (const field of fields) of(object).add(field)
    },
  }
}
