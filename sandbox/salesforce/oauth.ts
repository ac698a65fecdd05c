/** The token endpoint and the check of tokens. An answer names no lifetime: a client learns of its end from a 401. */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import type { App } from './app.ts'
import { authorizeRoute, redeemCode } from './authorize.ts'
import { identityUrl } from './describe.ts'
import type { OrgRoute, OrgWorld } from './endpoint.ts'
import type { Org } from './org.ts'

export { app } from './app.ts'

const jwtGrant = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

export const oauthRoutes: OrgRoute[] = [
  authorizeRoute,
  { method: 'POST', path: '/services/oauth2/token', effect: 'token', handler: token },
  {
    method: 'POST',
    path: '/services/oauth2/revoke',
    effect: 'token',
    handler: (request, world) => {
      world.state.sessions.delete(request.form().get('token') ?? '')
      return { status: 200 }
    },
  },
  {
    method: 'GET',
    path: '/id/:organization/:user',
    effect: 'read',
    handler: (_request, world) => ({
      status: 200,
      json: {
        id: identityUrl(world),
        user_id: world.state.runningUserId,
        organization_id: world.state.organizationId,
        username: world.state.app.username,
        display_name: 'Causeway Integration',
        active: true,
        user_type: 'STANDARD',
      },
    }),
  },
]

function token(request: SandboxRequest, world: OrgWorld): SandboxReply {
  const { state: org, switches } = world
  const form = request.form()
  if (org.app.blocked) return oauthError('invalid_grant', 'app blocked by admin')
  switch (form.get('grant_type')) {
    case 'client_credentials':
      return refusedClient(form, org.app) ?? session(world)
    case 'authorization_code': {
      const refused = refusedClient(form, org.app, switches.webServerSecret === 'optional')
      if (refused !== null) return refused
      const redeemed = redeemCode(form, world)
      if ('no' in redeemed) return oauthError('invalid_grant', redeemed.no)
      return session(world, redeemed.scope.split(' ').includes('refresh_token') ? newRefreshToken(org) : null)
    }
    case 'refresh_token': {
      const refused = refusedClient(form, org.app, switches.webServerSecret === 'optional')
      if (refused !== null) return refused
      const given = form.get('refresh_token') ?? ''
      if (!org.refreshTokens.has(given)) return oauthError('invalid_grant', 'expired access/refresh token')
      if (!switches.rotateRefreshTokens) return session(world)
      org.refreshTokens.delete(given)
      return session(world, newRefreshToken(org))
    }
    case jwtGrant: {
      const reason = wrongAssertion(form.get('assertion') ?? '', world)
      return reason === null ? session(world) : oauthError('invalid_grant', reason)
    }
    default:
      return oauthError('unsupported_grant_type', 'grant type not supported')
  }
}

function newRefreshToken(org: Org): string {
  const made = `5Aep861${randomBytes(48).toString('base64url')}`
  org.refreshTokens.add(made)
  return made
}

/** @param mayOmit whether a client that proves itself by its code's verifier needs no secret */
function refusedClient(form: URLSearchParams, app: App, mayOmit = false): SandboxReply | null {
  if (form.get('client_id') !== app.clientId) return oauthError('invalid_client_id', 'client identifier invalid')
  const secret = form.get('client_secret')
  if (secret === null && mayOmit) return null
  if (secret !== app.clientSecret) return oauthError('invalid_client', 'invalid client credentials')
  return null
}

function oauthError(error: string, description: string): SandboxReply {
  return { status: 400, json: { error, error_description: description } }
}

const headSchema = z.object({ alg: z.literal('RS256') })
const claimsSchema = z.object({ iss: z.string(), sub: z.string(), aud: z.string(), exp: z.number() })

/** Checks the assertion's form and claims; the signature's key is not known here, so only its presence is asked for. */
function wrongAssertion(assertion: string, world: OrgWorld): string | null {
  const [head = '', claims = '', signature = ''] = assertion.split('.')
  const parsed = { head: headSchema.safeParse(decode(head)), claims: claimsSchema.safeParse(decode(claims)) }
  if (!parsed.head.success || !parsed.claims.success || signature === '') return 'invalid assertion'
  const { iss, sub, aud, exp } = parsed.claims.data
  if (iss !== world.state.app.clientId) return 'invalid client id'
  if (sub !== world.state.app.username) return "user hasn't approved this consumer"
  if (![world.baseUrl, 'https://login.salesforce.com', 'https://test.salesforce.com'].includes(aud))
    return 'audience is invalid'
  const left = exp - world.clock.now() / 1000
  return left > 0 && left <= 300 ? null : 'assertion is expired or lives too long'
}

function decode(part: string): unknown {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as unknown
  } catch {
    return null
  }
}

function session(world: OrgWorld, refreshToken: string | null = null): SandboxReply {
  const accessToken = `${world.state.organizationId.slice(0, 15)}!${randomBytes(32).toString('base64url')}`
  const nowMs = world.clock.now()
  world.state.sessions.set(accessToken, { expiresMs: nowMs + world.switches.sessionSeconds * 1000 })
  return {
    status: 200,
    json: {
      access_token: accessToken,
      signature: randomBytes(32).toString('base64'),
      scope: refreshToken === null ? 'api' : 'refresh_token api',
      ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
      instance_url: world.baseUrl,
      id: identityUrl(world),
      token_type: 'Bearer',
      issued_at: String(nowMs),
    },
  }
}

/** The 401 for a request without a live token, or null. */
export function refusedSession(request: SandboxRequest, world: OrgWorld): SandboxReply | null {
  const given = /^(?:Bearer|OAuth) (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? ''
  const found = world.state.sessions.get(given)
  return found !== undefined && found.expiresMs > world.clock.now() ? null : invalidSession()
}

export function invalidSession(): SandboxReply {
  return { status: 401, json: [{ message: 'Session expired or invalid', errorCode: 'INVALID_SESSION_ID' }] }
}
