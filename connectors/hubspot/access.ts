/** The scopes that the token has against those that the settings need. */
import { z } from 'zod'
import type { Access, ConnectorDeps, Ctx, HttpRequest, Permission } from '../contract.ts'
import { ConnectorError } from '../contract.ts'
import { jsonBody } from '../http.ts'
import { faultOfAnswer } from './faults.ts'
import { neededToRun, neededToSetUp } from './scopes.ts'
import type { ScopeNeed } from './scopes.ts'
import type { Settings } from './settings.ts'
import { credentialsOf } from './token.ts'

const infoSchema = z.object({ scopes: z.array(z.string()) })

/** Every app has it, and nothing is allowed by it. */
const basic = 'oauth'

export interface GrantedScopes {
  /** Null: HubSpot does not tell them of this kind of token. */
  granted(ctx: Ctx): Promise<ReadonlySet<string> | null>
}

/**
 * Asks HubSpot what the token may do: of a private app's by handing it over in the body, of an OAuth token by its address. Not through
 * the SDK, which does not know the first. Neither the body nor the address is ever logged.
 */
export function grantedScopes(settings: Settings, deps: ConnectorDeps): GrantedScopes {
  const credentials = credentialsOf(settings, deps)
  const isFixed = settings.accessToken !== undefined

  async function ask(token: string, ctx: Ctx) {
    const common = { effect: 'read', signal: ctx.signal, priority: ctx.priority } as const
    const headers = { authorization: `Bearer ${token}`, accept: 'application/json', 'content-type': 'application/json' }
    const request: HttpRequest = isFixed
      ? {
          ...common,
          method: 'POST',
          url: `${settings.baseUrl}/oauth/v2/private-apps/get/access-token-info`,
          route: 'POST /oauth/v2/private-apps/get/access-token-info',
          headers,
          body: JSON.stringify({ tokenKey: token }),
        }
      : {
          ...common,
          method: 'GET',
          url: `${settings.baseUrl}/oauth/v1/access-tokens/${encodeURIComponent(token)}`,
          route: 'GET /oauth/v1/access-tokens/{token}',
          headers,
        }
    return { answer: await deps.http.request(request), route: request.route }
  }

  return {
    async granted(ctx) {
      const { answer, route } = await ask(await credentials.current(ctx), ctx)
      // HubSpot knows no such private app or token: a service key, say. Whether the key is good is for other requests to find out.
      if (answer.status === 400 || answer.status === 404) return null
      if (answer.status !== 200) throw new ConnectorError(faultOfAnswer(answer, route, 'read', deps.nowMs()), 'no')
      const told = infoSchema.safeParse(jsonBody(answer))
      return told.success ? new Set(told.data.scopes) : null
    },
  }
}

/** What is missing and what could be done without. */
export async function compareAccess(
  settings: Settings,
  readsLists: boolean,
  scopes: GrantedScopes,
  ctx: Ctx,
): Promise<Access> {
  const granted = await scopes.granted(ctx)
  if (granted === null) {
    const unknown = ['HubSpot tells the scopes of private apps and of OAuth tokens, and not of this token']
    return { missing: [], excessive: [], unknown }
  }
  const needed = neededToRun(settings, readsLists)
  const missing = [...new Map(needed.map((one) => [one.scope, one])).values()]
    .filter(({ scope }) => !granted.has(scope))
    .map(permission)
  const needs = new Set([basic, ...needed.map(({ scope }) => scope)])
  const setUp = new Map(neededToSetUp(settings).map(({ scope, why }) => [scope, why]))
  const excessive = [...granted]
    .filter((scope) => !needs.has(scope))
    .toSorted()
    .map((name) => {
      const why = setUp.get(name)
      return {
        name,
        why: why === undefined ? 'nothing in the settings needs it' : `only \`causeway apply\` needs it: it ${why}`,
      }
    })
  return { missing, excessive, unknown: [] }
}

const permission = ({ scope, why }: ScopeNeed): Permission => ({ name: scope, why })
