/** The composition root: from a configuration and a database to connected systems and the programme they are worked by. */
import { z } from 'zod'
import { vendorClock, type VendorClock } from '../../connectors/clock.ts'
import type { Connector, VendorLimits } from '../../connectors/contract.ts'
import { createHttp, type Exchange } from '../../connectors/http.ts'
import type { Log } from '../../connectors/log.ts'
import { isVendor, settingsOf, vendorNames, type ConfiguredVendor } from '../../connectors/registry.ts'
import type { Db } from '../db/connection.ts'
import { workflowId } from '../db/outbox.ts'
import { CausewayError } from '../errors.ts'
import type { System } from '../mapping/systems.ts'
import type { NoticeSettings } from '../process/notices/settings.ts'
import type { Programme } from '../process/programme.ts'
import { databaseBudget } from '../write/budget.ts'
import type { CheckSettings } from './config/load.ts'
import type { ConfigDocument } from './config/schema.ts'
import { createAuthorizer, type Authorizer } from './credentials/authorizer.ts'
import { createGate, type Gate } from './credentials/gate.ts'
import { guarded } from './credentials/guarded.ts'
import { keepSecrets, type Secrets } from './credentials/secrets.ts'
import { noticeSettings } from './notice-channels.ts'
import type { NoticeTexts } from './notice-texts.ts'
import { databaseTokens, keepToken } from './token-store.ts'

export interface Composition {
  programme: Programme
  connectors: Map<string, Connector>
  /** Each vendor's clock, as this process heard of it. */
  clocks: Map<string, VendorClock>
  connections: Map<string, { vendor: string; role: System['role']; limits: VendorLimits }>
  streamIds: string[]
  senderIds: string[]
  /** What each connection's calls go through: it stops them while the vendor refuses the credentials. */
  gates: Map<string, Gate>
  /** By which a person lets us in. */
  authorizers: Map<string, Authorizer>
  secrets: Secrets
  close(): void
}

export interface ComposeDeps {
  db: Db
  log: Log
  /** 32 bytes that seal tokens at rest. */
  secretKey: Buffer
  onExchange?: (exchange: Exchange) => void
  /** An admin's own texts of notices. */
  noticeTexts?: NoticeTexts
  /** The configuration with its secrets' files read anew; absent: it refers to none. */
  again?: () => ConfigDocument
}

export function compose(config: ConfigDocument, deps: ComposeDeps): Composition {
  const { db, log, secretKey, onExchange } = deps
  const secrets = keepSecrets(config, deps.again ?? null, log)
  const systems = new Map<string, System>()
  const composition: Omit<Composition, 'programme'> = {
    connectors: new Map(),
    clocks: new Map(),
    connections: new Map(),
    streamIds: [],
    senderIds: [],
    gates: new Map(),
    authorizers: new Map(),
    secrets,
    close: () => closers.forEach((close) => close()),
  }
  const closers: (() => void)[] = []
  for (const [name, connection] of Object.entries(config.connections)) {
    const binding = vendorOf(name, connection.vendor, connection.settings)
    const clock = vendorClock()
    const http = createHttp({
      connection: name,
      budget: databaseBudget(db, name, binding.limits),
      log,
      limits: binding.limits,
      usage: binding.usage,
      onDate: (answer) => clock.note(answer),
      ...(onExchange === undefined ? {} : { onExchange }),
    })
    closers.push(() => http.close())
    const connectorDeps = {
      http,
      tokens: databaseTokens(db, name, secretKey),
      nowMs: () => clock.nowMs(),
      readsLists: connection.namedAccounts.length > 0,
    }
    const first = binding.connect(connectorDeps)
    // What is under way goes on with the earlier secrets; what begins now takes the present ones.
    let present = first
    let { oauth } = binding
    secrets.onChange((changed, settings) => {
      if (changed !== name) return
      const renewed = vendorOf(name, connection.vendor, settings)
      present = renewed.connect(connectorDeps)
      oauth = renewed.oauth
    })
    const streamIds = first.capabilities.flatMap(({ object, read }) =>
      read === 'changes' ? [workflowId.stream(name, object)] : [],
    )
    const gate = createGate({
      db,
      log,
      connection: name,
      present: () => present,
      reread: () => secrets.reread(),
      workflowIds: [...streamIds, workflowId.sender(name)],
    })
    const connector = guarded(first, () => present, gate)
    const system: System = {
      name,
      role: connection.role,
      capabilities: connector.capabilities,
      mappings: binding.mappings,
      pollMs: connection.poll,
      reconcileMs: connection.reconcile,
      refreshMs: connection.refreshComputed,
      deletions: connection.deletions,
      mirrors: connection.mirrors,
      namedLists: connection.namedAccounts.map(({ every, ...list }) => ({ ...list, everyMs: every })),
      edits: config.policy.edits,
      aliases: config.policy.matching.aliases,
    }
    systems.set(name, system)
    composition.connectors.set(name, connector)
    composition.clocks.set(name, clock)
    composition.connections.set(name, { vendor: connection.vendor, role: connection.role, limits: binding.limits })
    composition.gates.set(name, gate)
    composition.authorizers.set(
      name,
      createAuthorizer({
        connection: name,
        app: () => oauth,
        http,
        gate,
        secretKey,
        keep: (token) => keepToken(db, name, token, secretKey),
        nowMs: Date.now,
      }),
    )
    composition.senderIds.push(workflowId.sender(name))
    composition.streamIds.push(...streamIds)
  }
  return {
    ...composition,
    programme: {
      policy: config.policy,
      systems,
      route: routerOf(config),
      notices: noticesOf(config, deps.noticeTexts),
    },
  }
}

/** Partners get a link where the outside reaches the API. */
function noticesOf({ notices, api, partnerDoor }: ConfigDocument, texts?: NoticeTexts): NoticeSettings {
  const settings = noticeSettings(notices, texts)
  const url = api.publicUrl?.replace(/\/+$/, '')
  return url === undefined ? settings : { ...settings, partnerDoor: { url, linkForMs: partnerDoor.linkFor } }
}

/** What a connection's vendor finds in its settings; for `loadConfig`, which knows the lines. */
export const checkSettings: CheckSettings = (vendor, _role, settings) => {
  if (!isVendor(vendor)) {
    return [
      { path: ['vendor'], message: `there is no connector "${vendor}"; expected one of ${vendorNames().join(', ')}` },
    ]
  }
  try {
    settingsOf(vendor, settings)
    return []
  } catch (error) {
    const parsed = error instanceof CausewayError ? issuesSchema.safeParse(error.detail) : undefined
    if (parsed?.success !== true) throw error
    return parsed.data.issues.map(({ path, message }) => ({
      path: ['settings', ...path.split('.').filter((p) => p !== '')],
      message,
    }))
  }
}

const issuesSchema = z.object({ issues: z.array(z.object({ path: z.string(), message: z.string() })) })

function vendorOf(name: string, vendor: string, settings: unknown): ConfiguredVendor {
  if (isVendor(vendor)) return settingsOf(vendor, settings)
  throw new CausewayError('CW_CONFIG_INVALID', `connections.${name}.vendor: there is no connector "${vendor}"`)
}

function routerOf(config: ConfigDocument): Programme['route'] {
  return (claim) => {
    const fits = config.routing.find(({ when }) =>
      (['group', 'tier', 'currency'] as const).every((key) => when[key] === undefined || when[key] === claim[key]),
    )
    const chosen = fits ?? config.routing.at(-1)
    if (chosen === undefined) throw new Error('the configuration has no routing rule')
    return chosen.to
  }
}
