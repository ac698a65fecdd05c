/**
 * OAuth's authorization code flow with PKCE, as far as it is the same everywhere: the address that a person opens, the check of what
 * comes back, and the code redeemed. What is particular to a vendor stands in its `OAuthApp`.
 */
import * as oauth from 'oauth4webapi'
import { z } from 'zod'
import { ConnectorError, faultOf, type Ctx, type Http, type OAuthApp, type Token } from './contract.ts'

/** What is kept between the two steps; the verifier is a secret. */
export interface Attempt {
  state: string
  verifier: string
  redirectUri: string
}

/** The address where a person lets us in. */
export async function beginAuthorization(
  app: OAuthApp,
  redirectUri: string,
): Promise<{ url: string; attempt: Attempt }> {
  const attempt = { state: oauth.generateRandomState(), verifier: oauth.generateRandomCodeVerifier(), redirectUri }
  const url = new URL(app.authorizeUrl)
  const asked = {
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope: app.scopes.join(' '),
    ...(app.optionalScopes.length === 0 ? {} : { optional_scope: app.optionalScopes.join(' ') }),
    state: attempt.state,
    ...(app.pkce
      ? { code_challenge: await oauth.calculatePKCECodeChallenge(attempt.verifier), code_challenge_method: 'S256' }
      : {}),
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  return { url: url.href, attempt }
}

const tokenSchema = z.object({ instance_url: z.url().nullish(), refresh_token: z.string().min(1) })
const refusalSchema = z.object({ error: z.string().optional(), status: z.string().optional() })

/**
 * Redeems what the vendor sent the person back with.
 *
 * @param answer the query of the address that the person came back to
 * @throws ConnectorError `CW_AUTHORIZATION_FAILED` when the person declined, the state is another's or the vendor does not take the code
 */
export async function redeemAuthorization(
  app: OAuthApp,
  { state, verifier, redirectUri }: Attempt,
  answer: URLSearchParams,
  http: Http,
  ctx: Ctx,
  nowMs: number,
): Promise<Token> {
  const server = { issuer: new URL(app.tokenUrl).origin, token_endpoint: app.tokenUrl }
  const client = { client_id: app.clientId }
  const seen: { status: number; body: string } = { status: 0, body: '' }
  try {
    const callback = oauth.validateAuthResponse(server, client, answer, state)
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      app.clientSecret === null ? oauth.None() : oauth.ClientSecretPost(app.clientSecret),
      callback,
      redirectUri,
      app.pkce ? verifier : oauth.nopkce,
      {
        // Our own layer carries it, with its deadline and redaction.
        [oauth.customFetch]: async (url, { method, headers, body }) => {
          const answered = await http.request({
            method: method === 'POST' ? 'POST' : 'GET',
            url,
            route: `${method} ${new URL(url).pathname}`,
            headers,
            ...(body instanceof URLSearchParams ? { body: body.toString() } : {}),
            effect: 'token',
            signal: ctx.signal,
            priority: ctx.priority,
          })
          Object.assign(seen, { status: answered.status, body: answered.body.toString('utf8') })
          return new Response(seen.body, { status: answered.status, headers: answered.headers })
        },
        // Vendors are reached by https alone; only a stand-in on this machine is not.
        [oauth.allowInsecureRequests]: ['127.0.0.1', 'localhost'].includes(new URL(app.tokenUrl).hostname),
      },
    )
    const granted = await oauth.processAuthorizationCodeResponse(server, client, response)
    const { instance_url, refresh_token } = tokenSchema.parse(granted)
    const { expires_in } = granted
    return {
      accessToken: granted.access_token,
      instanceUrl: instance_url?.replace(/\/+$/, '') ?? null,
      expiresAt: expires_in === undefined ? null : new Date(nowMs + expires_in * 1000).toISOString(),
      refreshToken: refresh_token,
    }
  } catch (error) {
    if (error instanceof ConnectorError) throw error
    throw failed(error, seen)
  }
}

/** Nothing decides on texts: the vendor's own code is told, and what to do is the same. */
function failed(error: unknown, { status, body }: { status: number; body: string }): ConnectorError {
  const no = (message: string, vendorCode: string | null) =>
    new ConnectorError(faultOf('CW_AUTHORIZATION_FAILED', message, { scope: 'connection', vendorCode }), 'no', {
      cause: error,
    })
  if (error instanceof oauth.AuthorizationResponseError)
    return no('The person at the vendor’s page did not let us in', error.error)
  if (status >= 400) {
    const refusal = refusalSchema.safeParse(jsonOf(body)).data
    return no('The vendor does not take the code', refusal?.error ?? refusal?.status ?? `HTTP ${String(status)}`)
  }
  if (error instanceof z.ZodError)
    return no('The vendor gave no refresh token: the app must allow access at any time (offline access)', null)
  return no('What came back does not belong to this attempt', null)
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
