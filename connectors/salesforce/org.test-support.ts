/** A connector over a sandbox org of its own, for the tests of this folder. */
import type { ControlClient } from '../../sandbox/control-client.ts'
import { startSandbox } from '../../sandbox/framework/start.ts'
import { salesforceSandbox } from '../../sandbox/salesforce/index.ts'
import { app } from '../../sandbox/salesforce/oauth.ts'
import { unlimitedBudget } from '../budget.ts'
import type { Connector, Ctx, Token, TokenStore } from '../contract.ts'
import { createHttp } from '../http.ts'
import type { Exchange } from '../http.ts'
import { silentLog } from '../log.ts'
import { salesforce } from './index.ts'
import type { Settings } from './settings.ts'

/** A token store of one process: one renewal at a time, none when another caller already made one. */
export function memoryTokens(): TokenStore & { mints(): number } {
  let token: Token | null = null
  let renewing: Promise<Token> | null = null
  let mints = 0
  const make = async (mint: (held: Token | null) => Promise<Token>): Promise<Token> => {
    mints += 1
    try {
      token = await mint(token)
      return token
    } finally {
      renewing = null
    }
  }
  return {
    mints: () => mints,
    current: () => Promise.resolve(token),
    renew(stale, mint) {
      if (token !== null && token.accessToken !== stale?.accessToken) return Promise.resolve(token)
      renewing ??= make(mint)
      return renewing
    },
  }
}

export const ctx = (): Ctx => ({ signal: new AbortController().signal, priority: 'sync' })

export interface Org {
  url: string
  sandbox: { control: ControlClient }
  settings: Settings
  connector: Connector
  tokens: ReturnType<typeof memoryTokens>
  /** What went over the wire, oldest first. */
  exchanges: Exchange[]
  /** Another connector to the same org, its tokens its own. */
  connectWith(options: {
    deadlineMs?: number
    settings?: Record<string, unknown>
    tokens?: TokenStore
    readsLists?: boolean
  }): Connector
  close(): Promise<void>
}

/** `changes` are settings that differ from the defaults. */
export async function startOrg(changes: Record<string, unknown> = {}): Promise<Org> {
  const sandbox = await startSandbox(salesforceSandbox)
  const exchanges: Exchange[] = []
  const opened: { close(): void }[] = []
  const given = { loginUrl: sandbox.url, clientId: app.clientId, clientSecret: app.clientSecret, ...changes }
  const tokens = memoryTokens()
  const connectWith: Org['connectWith'] = ({
    deadlineMs = 5000,
    settings = {},
    tokens: own = memoryTokens(),
    readsLists = false,
  }) => {
    const http = createHttp({
      connection: 'crm',
      budget: unlimitedBudget,
      log: silentLog,
      deadlineMs,
      usage: (headers) => salesforce.usage?.(headers) ?? null,
      onExchange: (e) => exchanges.push(e),
    })
    opened.push(http)
    return salesforce.create(salesforce.settings.parse({ ...given, ...settings }), {
      http,
      tokens: own,
      nowMs: Date.now,
      readsLists,
    })
  }
  return {
    url: sandbox.url,
    sandbox,
    settings: salesforce.settings.parse(given),
    connector: connectWith({ tokens }),
    tokens,
    exchanges,
    connectWith,
    async close() {
      for (const http of opened) http.close()
      await sandbox.close()
    },
  }
}
