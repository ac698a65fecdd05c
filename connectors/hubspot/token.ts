import type { ConnectorDeps, Ctx, Token } from '../contract.ts'
import { ConnectorError, faultOf } from '../contract.ts'
import { jsonBody } from '../http.ts'
import { z } from 'zod'
import { faultOfAnswer } from './faults.ts'
import type { Settings } from './settings.ts'

export interface Credentials {
  /** The token to send. Renews one that is about to expire. */
  current(ctx: Ctx): Promise<string>
  /** After a 401: a new token when the refused one had expired, or null when the refusal means something else. */
  replace(refused: string, saysExpired: boolean, ctx: Ctx): Promise<string | null>
  /** Makes a new token whatever the present one's expiry says; false where there is none to be made. */
  renew(ctx: Ctx): Promise<boolean>
}

const tokenSchema = z.object({
  access_token: z.string().min(1),
  expires_in: z.coerce.number().positive(),
  refresh_token: z.string().min(1).nullish(),
})

/** Renewed so long before it ends that no request under way meets the end. */
const marginMs = 60_000

/**
 * A fixed service key, or OAuth's short-lived tokens shared through the token store.
 *
 * HubSpot says that a 401 is no sign by itself that a token needs renewing, so its expiry is looked at first: our own note of it,
 * or HubSpot's category that names it. Anything else is a matter for a person.
 */
export function credentialsOf(settings: Settings, deps: ConnectorDeps): Credentials {
  const fixed = settings.accessToken
  if (fixed !== undefined)
    return {
      current: () => Promise.resolve(fixed),
      replace: () => Promise.resolve(null),
      renew: () => Promise.resolve(false),
    }

  const ends = (token: Token, marginMs_: number) =>
    token.expiresAt !== null && Date.parse(token.expiresAt) - marginMs_ <= deps.nowMs()
  const renew = (stale: Token | null, ctx: Ctx) => deps.tokens.renew(stale, (held) => mint(settings, deps, ctx, held))
  return {
    async current(ctx) {
      const token = await deps.tokens.current()
      const usable = token !== null && !ends(token, marginMs)
      return (usable ? token : await renew(token, ctx)).accessToken
    },
    async replace(refused, saysExpired, ctx) {
      const token = await deps.tokens.current()
      // Another caller was faster: its token is worth a try.
      if (token !== null && token.accessToken !== refused) return token.accessToken
      if (token !== null && !saysExpired && !ends(token, 0)) return null
      return (await renew(token, ctx)).accessToken
    },
    async renew(ctx) {
      await renew(await deps.tokens.current(), ctx)
      return true
    },
  }
}

/**
 * The refresh token that HubSpot gave last comes first, for it may have ended the earlier ones; then the settings' own, which a person
 * may have put there since.
 */
async function mint(settings: Settings, deps: ConnectorDeps, ctx: Ctx, held: Token | null): Promise<Token> {
  const known = [held?.refreshToken, settings.refreshToken].filter((token) => typeof token === 'string')
  for (const [index, refreshToken] of known.entries()) {
    try {
      return await redeem(settings, deps, ctx, refreshToken)
    } catch (error) {
      const isRefused = error instanceof ConnectorError && error.fault.code === 'CW_VENDOR_AUTH'
      if (!isRefused || index === known.length - 1) throw error
    }
  }
  const message = 'Nobody has let us into the account yet: run `causeway connect`'
  throw new ConnectorError(faultOf('CW_VENDOR_AUTH', message, { scope: 'connection' }), 'no')
}

/** Asks for a token. Not through the SDK, whose errors would carry the client secret. */
async function redeem(settings: Settings, deps: ConnectorDeps, ctx: Ctx, refreshToken: string): Promise<Token> {
  const form = new URLSearchParams({
    grant_type: 'refresh_token',
    client_id: settings.clientId ?? '',
    client_secret: settings.clientSecret ?? '',
    refresh_token: refreshToken,
  })
  const route = 'POST /oauth/v1/token'
  const answer = await deps.http.request({
    method: 'POST',
    url: `${settings.baseUrl}/oauth/v1/token`,
    route,
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: form.toString(),
    effect: 'token',
    signal: ctx.signal,
    priority: ctx.priority,
  })
  if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
    jsonBody(answer) // a page of a proxy is no refusal by HubSpot
    const message = `HubSpot refuses the refresh token or the app's credentials (${answer.status})`
    throw new ConnectorError(
      faultOf('CW_VENDOR_AUTH', message, { scope: 'connection', vendorCode: `HTTP ${answer.status}` }),
      'no',
    )
  }
  if (answer.status !== 200) throw new ConnectorError(faultOfAnswer(answer, route, 'token', deps.nowMs()), 'no')
  const parsed = tokenSchema.safeParse(jsonBody(answer))
  if (!parsed.success) {
    throw new ConnectorError(
      faultOf('CW_VENDOR_ANSWER', 'The token answer has no token', { scope: 'connection' }),
      'no',
    )
  }
  const expiresAt = new Date(deps.nowMs() + parsed.data.expires_in * 1000).toISOString()
  const { access_token: accessToken, refresh_token: next } = parsed.data
  return { accessToken, instanceUrl: null, expiresAt, refreshToken: next ?? refreshToken }
}
