/** A connector over a sandbox of its own, both on one clock, for the tests of this folder. */
import { startSandbox } from '../../sandbox/framework/start.ts'
import type { RunningSandbox } from '../../sandbox/framework/start.ts'
import type { SwitchSet } from '../../sandbox/framework/definition.ts'
import { hubspotSandbox, serviceKey } from '../../sandbox/hubspot/index.ts'
import { unlimitedBudget } from '../budget.ts'
import type { Budget } from '../budget.ts'
import type { Connector, Ctx, Fields, Outcome, Page, Token, TokenStore, VendorRecord, Write } from '../contract.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { hubspot } from './index.ts'
import type { Settings } from './settings.ts'

export interface Rig {
  sandbox: RunningSandbox
  settings(more?: Record<string, unknown>): Settings
  connect(
    more?: Record<string, unknown>,
    http?: { deadlineMs?: number; budget?: Budget; readsLists?: boolean },
  ): Connector
  nowMs(): number
  /** Moves both clocks. */
  tick(ms: number): Promise<void>
  close(): Promise<void>
}

export const oauthSettings = {
  accessToken: undefined,
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-client-secret',
  refreshToken: 'sandbox-refresh-token',
}

export async function startRig(switches: SwitchSet = {}, common: Record<string, unknown> = {}): Promise<Rig> {
  const sandbox = await startSandbox(hubspotSandbox)
  if (Object.keys(switches).length > 0) await sandbox.control.switches.set(switches)
  const open: { close(): void }[] = []
  let ahead = 0
  const nowMs = () => Date.now() + ahead
  const settings = (more: Record<string, unknown> = {}) =>
    hubspot.settings.parse({ baseUrl: sandbox.url, accessToken: serviceKey, searchLagMs: 0, ...common, ...more })
  return {
    sandbox,
    settings,
    nowMs,
    connect(more = {}, { budget = unlimitedBudget, deadlineMs = 5000, readsLists = false } = {}) {
      const parsed = settings(more)
      const http = createHttp({
        connection: 'hubspot-test',
        budget,
        log: silentLog,
        limits: hubspot.limits(parsed),
        usage: hubspot.usage?.bind(hubspot),
        deadlineMs,
        nowMs,
      })
      open.push(http)
      return hubspot.create(parsed, { http, tokens: memoryTokens(), nowMs, readsLists })
    },
    async tick(ms) {
      await sandbox.control.clock.advance(ms)
      ahead += ms
    },
    async close() {
      for (const http of open) http.close()
      await sandbox.close()
    },
  }
}

export const ctx = (): Ctx => ({ signal: AbortSignal.timeout(20_000), priority: 'sync' })

/** One process's token store. */
export function memoryTokens(): TokenStore {
  let token: Token | null = null
  let minting: Promise<Token> | null = null
  return {
    current: () => Promise.resolve(token),
    async renew(stale, mint) {
      if (token !== null && token.accessToken !== stale?.accessToken) return token
      minting ??= mint(token).finally(() => {
        minting = null
      })
      token = await minting
      return token
    },
  }
}

export function write(object: string, key: string | null, fields: Fields, more: Partial<Write> = {}): Write {
  const ref = `${object} ${key ?? ''} ${JSON.stringify(fields)}`
  return { ref, object, mode: 'upsert', id: null, key, parent: null, ifVersion: null, fields, ...more }
}

/** Reads pages until there are no more. */
export async function readAll(connector: Connector, object: string, fields: string[], from: string | null = null) {
  const records: VendorRecord[] = []
  let cursor = from
  let page: Page
  do {
    page = await connector.changes({ object, cursor, from: null, fields }, ctx())
    records.push(...page.records)
    cursor = page.cursor
  } while (page.more)
  return { records, cursor: page.cursor, coveredThrough: page.coveredThrough }
}

/** The id of a write that must be done. */
export function idOf(outcome: Outcome | undefined): string {
  if (outcome?.status !== 'done') throw new Error(`not done: ${JSON.stringify(outcome)}`)
  return outcome.id
}
