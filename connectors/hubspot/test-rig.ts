/** A connector over a sandbox of its own, for the tests of this folder. */
import { startSandbox } from '../../sandbox/framework/start.ts'
import type { RunningSandbox } from '../../sandbox/framework/start.ts'
import { hubspotSandbox, serviceKey } from '../../sandbox/hubspot/index.ts'
import { unlimitedBudget } from '../budget.ts'
import type { Budget } from '../budget.ts'
import type { Connector, Ctx, Token, TokenStore } from '../contract.ts'
import { createHttp } from '../http.ts'
import { silentLog } from '../log.ts'
import { hubspot } from './index.ts'

export interface Rig {
  sandbox: RunningSandbox
  connect(settings?: Record<string, unknown>, http?: { deadlineMs?: number; budget?: Budget }): Connector
  close(): Promise<void>
}

export const oauthSettings = {
  accessToken: undefined,
  clientId: 'sandbox-client',
  clientSecret: 'sandbox-client-secret',
  refreshToken: 'sandbox-refresh-token',
}

export async function startRig(switches: Record<string, string | number | boolean> = {}): Promise<Rig> {
  const sandbox = await startSandbox(hubspotSandbox)
  if (Object.keys(switches).length > 0) await sandbox.control.switches.set(switches)
  const open: { close(): void }[] = []
  return {
    sandbox,
    connect(settings = {}, options = {}) {
      const parsed = hubspot.settings.parse({
        baseUrl: sandbox.url,
        accessToken: serviceKey,
        searchLagMs: 0,
        ...settings,
      })
      const http = createHttp({
        connection: 'hubspot-test',
        budget: options.budget ?? unlimitedBudget,
        log: silentLog,
        limits: hubspot.limits(parsed),
        usage: hubspot.usage?.bind(hubspot),
        deadlineMs: options.deadlineMs ?? 5000,
      })
      open.push(http)
      return hubspot.create(parsed, { http, tokens: memoryTokens(), nowMs: Date.now })
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
      minting ??= mint().finally(() => {
        minting = null
      })
      token = await minting
      return token
    },
  }
}
