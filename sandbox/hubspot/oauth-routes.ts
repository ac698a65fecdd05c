/** OAuth: the page that a browser is sent to, codes and refresh tokens for access tokens, and what is said of a token. */
import { randomBytes, randomUUID } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import type { Portal } from './portal.ts'
import { bodyOf, missing, routes, text } from './routing.ts'
import { allScopes, scopesOf } from './world.ts'
import type { HubSpotWorld } from './world.ts'

export const oauthRoutes = [
  // At the vendor this page is at another host, app.hubspot.com.
  ...routes('GET', ['/oauth/authorize'], 'token', authorize),
  ...routes('POST', ['/oauth/v1/token', '/oauth/2026-03/token', '/oauth/2026-09/token'], 'token', token),
  ...routes('GET', ['/oauth/v1/access-tokens/:token'], 'token', tokenInfo),
  ...routes('POST', ['/oauth/v2/private-apps/get/access-token-info'], 'read', privateAppInfo),
]

/** Nobody needs to click. What is wrong with the app's own words is shown to the person, and never sent anywhere. */
function authorize(request: SandboxRequest, _portal: Portal, { state, switches, clock }: HubSpotWorld): SandboxReply {
  const q = request.query
  const redirectUri = q.get('redirect_uri') ?? ''
  if (q.get('client_id') !== state.oauth.clientId) return page('the app does not exist')
  if (!state.oauth.redirectUrls.includes(redirectUri)) return page('redirect URL does not match')
  const scopes = (q.get('scope') ?? '').split(' ').filter((scope) => scope !== '')
  const optional = (q.get('optional_scope') ?? '').split(' ').filter((scope) => allScopes.includes(scope))
  if (scopes.length === 0) return page('the scope parameter is missing')
  const unknown = scopes.filter((scope) => scope !== 'oauth' && !allScopes.includes(scope))
  if (unknown.length > 0) return page(`the account does not have access to: ${unknown.join(', ')}`)
  const back = new URL(redirectUri)
  const given = q.get('state')
  if (given !== null) back.searchParams.set('state', given)
  if (switches.consent === 'denied') {
    back.searchParams.set('error', 'access_denied')
    return { status: 302, headers: { location: back.href } }
  }
  const code = randomUUID()
  state.codes.set(code, {
    redirectUri,
    scopes: [...scopes, ...optional],
    expiresMs: clock.now() + switches.codeLifetimeMs,
  })
  back.searchParams.set('code', code)
  return { status: 302, headers: { location: back.href } }
}

/** A form in, a token for a limited time out. */
function token(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const form = request.form()
  const { oauth, tokens, codes, refreshTokens } = world.state
  if (form.get('client_id') !== oauth.clientId) return refused('BAD_CLIENT_ID', 'missing or unknown client id')
  if (form.get('client_secret') !== oauth.clientSecret)
    return refused('BAD_CLIENT_SECRET', 'missing or invalid client secret')
  const { tokenLifetimeMs, rotateRefreshTokens } = world.switches
  let refreshToken: string
  let scopes: string[]
  switch (form.get('grant_type')) {
    case 'authorization_code': {
      const given = form.get('code') ?? ''
      const code = codes.get(given)
      codes.delete(given)
      if (code === undefined || code.expiresMs <= world.clock.now())
        return refused('BAD_AUTH_CODE', 'missing or unknown auth code')
      if (form.get('redirect_uri') !== code.redirectUri)
        return refused('BAD_REDIRECT_URI', 'missing or invalid redirect uri')
      refreshToken = `na1-${randomBytes(18).toString('hex')}`
      scopes = code.scopes
      break
    }
    case 'refresh_token': {
      const given = form.get('refresh_token') ?? ''
      const known = refreshTokens.get(given)
      if (known === undefined) return refused('BAD_REFRESH_TOKEN', 'missing or invalid refresh token')
      if (rotateRefreshTokens) refreshTokens.delete(given)
      refreshToken = rotateRefreshTokens ? `na1-${randomBytes(18).toString('hex')}` : given
      scopes = known
      break
    }
    default:
      return refused('BAD_GRANT_TYPE', 'missing or unknown grant type')
  }
  refreshTokens.set(refreshToken, scopes)
  const accessToken = world.newId('oauth-access-')
  tokens.set(accessToken, { scopes, expiresAt: world.clock.now() + tokenLifetimeMs })
  return {
    status: 200,
    json: {
      token_type: 'bearer',
      refresh_token: refreshToken,
      access_token: accessToken,
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      hub_id: portal.portalId,
      scopes,
      token_use: 'access_token',
    },
  }
}

function refused(status: string, message: string): SandboxReply {
  return { status: 400, json: { status, message, correlationId: randomUUID() } }
}

function page(message: string): SandboxReply {
  return {
    status: 400,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    text: `<html><body>Authorization failed because ${message}</body></html>`,
  }
}

function tokenInfo(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const value = request.params['token'] ?? ''
  const known = world.state.tokens.get(value)
  if (known === undefined || known.expiresAt === null) throw missing('token')
  const expiresIn = Math.max(0, Math.floor((known.expiresAt - world.clock.now()) / 1000))
  return {
    status: 200,
    json: {
      token: value,
      user: 'rae.morgan@example.com',
      hub_domain: 'sandbox.example.com',
      scopes: scopesOf(known, world),
      hub_id: portal.portalId,
      app_id: 1,
      expires_in: expiresIn,
      user_id: 501,
      token_type: 'access',
    },
  }
}

/** What a private app's token may do; it is told to whoever holds the token, and needs no scope. */
function privateAppInfo(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const known = world.state.tokens.get(text(bodyOf(request)['tokenKey'], 'tokenKey'))
  if (known === undefined || known.expiresAt !== null || world.switches.tokenInfo === 'oauth') throw missing('token')
  return { status: 200, json: { userId: 501, hubId: portal.portalId, appId: 1, scopes: scopesOf(known, world) } }
}
