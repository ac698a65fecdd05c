/** Salesforce: accounts and partner accounts with their contacts, leads, opportunities as deals with their partners, users. */
import type { Connector, ConnectorModule } from '../contract.ts'
import { approvalObject, withComments, writeApprovals } from './approvals.ts'
import { nextPage } from './changes.ts'
import { compareAccess } from './access.ts'
import { authenticate, check } from './check.ts'
import { createClient } from './client.ts'
import { describeObject } from './describe.ts'
import { findRecords, removeRecords } from './find.ts'
import { listPage } from './list.ts'
import { listen } from './listen.ts'
import { mappings } from './mapping.ts'
import { capabilities } from './objects.ts'
import { writeParties } from './parties.ts'
import { probes } from './probes.ts'
import { provisioner } from './provision.ts'
import { readRecords } from './read.ts'
import { reportMembers } from './report.ts'
import { settings } from './settings.ts'
import { setUp } from './set-up.ts'
import type { Settings } from './settings.ts'
import { oauthApp } from './token.ts'
import { usage } from './usage.ts'
import { writeBatch } from './write.ts'

export const salesforce: ConnectorModule<Settings> = {
  vendor: 'salesforce',
  apart: {
    secret: ['clientSecret', 'privateKey'],
    environment: ['loginUrl', 'clientId', 'username', 'audience', 'ownerFallback'],
  },
  settings,
  limits: ({ dailyLimit }) => ({ window: null, daily: dailyLimit ?? null }),
  usage,
  mappings,
  oauth: oauthApp,
  setUp,
  create(config, deps): Connector {
    const client = createClient(config, deps)
    const fields = rememberedFields(config)
    return {
      capabilities: capabilities(config),
      check: (ctx) => check(client, config, ctx),
      authenticate: (ctx) => authenticate(client, ctx),
      describe: (object, ctx) => describeObject(client, config, object, ctx),
      async changes(q, ctx) {
        fields.remember(q.object, q.fields)
        const page = await nextPage(client, config, deps.nowMs, q, ctx)
        if (q.object !== approvalObject) return page
        return { ...page, records: await withComments(client, page.records, q.fields, ctx) }
      },
      async read(refs, wished, ctx) {
        for (const { object } of refs.slice(0, 1)) fields.remember(object, wished)
        const reads = await readRecords(client, config, refs, wished, ctx)
        if (refs[0]?.object !== approvalObject) return reads
        const found = reads.flatMap((read) => (read.status === 'found' ? [read.record] : []))
        const told = new Map((await withComments(client, found, wished, ctx)).map((record) => [record.id, record]))
        return reads.map((read) =>
          read.status === 'found' ? { ...read, record: told.get(read.record.id) ?? read.record } : read,
        )
      },
      write(batch, ctx) {
        const writing = { client, settings: config, nowMs: deps.nowMs, fields: fields.of }
        if (batch[0]?.object === approvalObject) return writeApprovals(writing, batch, ctx)
        return batch[0]?.object === 'Partner' ? writeParties(writing, batch, ctx) : writeBatch(writing, batch, ctx)
      },
      async list(q, ctx) {
        fields.remember(q.object, q.fields)
        const page = await listPage(client, config, q, ctx)
        if (q.object !== approvalObject) return page
        return { ...page, records: await withComments(client, page.records, q.fields, ctx) }
      },
      provision: provisioner(client, config, deps.readsLists ?? false),
      access: (ctx) => compareAccess(client, config, deps.readsLists ?? false, ctx),
      find: (q, ctx) => findRecords(client, config, q, ctx),
      members: (q, ctx) => reportMembers(client, q, ctx),
      remove: (_object, ids, ctx) => removeRecords(client, ids, ctx),
      ...(config.changeEvents ? { listen: (objects, heard, ctx) => listen(client, config, objects, heard, ctx) } : {}),
      probes: probes({ client, settings: config, nowMs: deps.nowMs, fields: fields.of }),
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
