/** Makes access tokens: client credentials, a signed assertion (JWT bearer), or the refresh token that a person's consent gave. */
import { createSign, randomUUID } from 'node:crypto'
import { OAuth2 } from 'jsforce'
import { z } from 'zod'
import { ConnectorError, faultOf } from '../contract.ts'
import type { ConnectorDeps, Ctx, OAuthApp, Token } from '../contract.ts'
import { redactText } from '../redact.ts'
import type { Settings } from './settings.ts'
import { ContractTransport } from './transport.ts'
import type { Exchange } from './transport.ts'

const answerSchema = z.object({
  access_token: z.string().min(1),
  instance_url: z.url().nullish(),
  refresh_token: z.string().min(1).nullish(),
})

/** `refresh_token` is the scope that lets us stay; a callback must be configured in the app to the letter. */
export function oauthApp({ grant, loginUrl, clientId, clientSecret }: Settings): OAuthApp | null {
  if (grant !== 'authorization-code') return null
  return {
    authorizeUrl: `${loginUrl}/services/oauth2/authorize`,
    tokenUrl: `${loginUrl}/services/oauth2/token`,
    clientId,
    clientSecret: clientSecret ?? null,
    scopes: ['api', 'refresh_token'],
    optionalScopes: [],
    pkce: true,
  }
}

/**
 * Asks the org for a token. Salesforce does not say how long it lives: a 401 tells.
 *
 * @throws ConnectorError `CW_VENDOR_AUTH` when the org refuses, `CW_VENDOR_ANSWER` for an answer that is no token.
 */
export async function mintToken(settings: Settings, deps: ConnectorDeps, ctx: Ctx, held: Token | null): Promise<Token> {
  const exchange: Exchange = {
    route: 'POST /services/oauth2/token',
    effect: 'token',
    ctx,
    deadlineMs: null,
    answer: null,
  }
  const oauth2 = new OAuth2({
    loginUrl: settings.loginUrl,
    ...(settings.clientSecret === undefined || settings.grant === 'jwt-bearer'
      ? {}
      : { clientId: settings.clientId, clientSecret: settings.clientSecret }),
  })
  oauth2._transport = new ContractTransport((request) => deps.http.request(request), exchange)
  const granted: unknown = await oauth2.requestToken(grantOf(settings, deps.nowMs(), held)).catch((error: unknown) => {
    if (exchange.answer === null) throw error
    throw refused(exchange.answer.body.toString('utf8'), exchange.answer.status)
  })
  const parsed = answerSchema.safeParse(granted)
  if (!parsed.success)
    throw new ConnectorError(
      faultOf('CW_VENDOR_ANSWER', 'The token endpoint did not answer a token', { scope: 'connection' }),
      'no',
    )
  return {
    accessToken: parsed.data.access_token,
    instanceUrl: parsed.data.instance_url?.replace(/\/+$/, '') ?? null,
    expiresAt: null,
    refreshToken: parsed.data.refresh_token ?? held?.refreshToken ?? null,
  }
}

const errorSchema = z.object({ error: z.string(), error_description: z.string().nullish() })

/** What says nothing of the credentials: OAuth's own two, and the one that the platform gives with the advice to retry. */
const passing = new Set(['server_error', 'temporarily_unavailable', 'unknown_error'])

/** Token errors are an object `{error, error_description}`, unlike all others. */
function refused(body: string, status: number): ConnectorError {
  const parsed = errorSchema.safeParse(parse(body))
  const more = { scope: 'connection', vendorCode: parsed.data?.error ?? `HTTP ${String(status)}` } as const
  if (parsed.success && passing.has(parsed.data.error))
    return new ConnectorError(faultOf('CW_VENDOR_UNAVAILABLE', 'The org gives no token at this moment', more), 'no')
  return parsed.success
    ? new ConnectorError(
        faultOf('CW_VENDOR_AUTH', redactText(`The org gives no token: ${parsed.data.error_description ?? ''}`), more),
        'no',
      )
    : new ConnectorError(
        faultOf('CW_VENDOR_ANSWER', 'The token endpoint’s answer is not one of Salesforce’s', more),
        'no',
      )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}

function grantOf(
  settings: Settings,
  nowMs: number,
  held: Token | null,
): { grant_type: string; [name: string]: string } {
  switch (settings.grant) {
    case 'client-credentials':
      return { grant_type: 'client_credentials' }
    case 'jwt-bearer':
      return { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: assertion(settings, nowMs) }
    case 'authorization-code': {
      const refreshToken = held?.refreshToken ?? null
      if (refreshToken !== null)
        return { grant_type: 'refresh_token', refresh_token: refreshToken, client_id: settings.clientId }
      const message = 'Nobody has let us into the org yet: run `causeway connect`'
      throw new ConnectorError(faultOf('CW_VENDOR_AUTH', message, { scope: 'connection' }), 'no')
    }
  }
}

/** Lives three minutes, the most that Salesforce takes. */
function assertion({ clientId, username = '', audience, loginUrl, privateKey = '' }: Settings, nowMs: number): string {
  const claims = {
    iss: clientId,
    sub: username,
    aud: audience ?? loginUrl,
    exp: Math.floor(nowMs / 1000) + 180,
    jti: randomUUID(),
  }
  const unsigned = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`
  return `${unsigned}.${createSign('RSA-SHA256').update(unsigned).sign(privateKey, 'base64url')}`
}

function part(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url')
}
