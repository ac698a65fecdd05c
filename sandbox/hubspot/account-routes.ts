/** Owners, account details, OAuth, and what a token may do. */
import { randomUUID } from 'node:crypto'
import type { SandboxReply, SandboxRequest } from '../framework/definition.ts'
import { invalid } from './errors.ts'
import type { Owner, Portal } from './portal.ts'
import { bodyOf, missing, routes, text } from './routing.ts'
import { allScopes, scopesOf } from './world.ts'
import type { HubSpotWorld } from './world.ts'

const owners = (tail: string) => [`/crm/v3/owners${tail}`, `/crm/owners/2026-09${tail}`]
const ownersScope = () => ['crm.objects.owners.read']

export const accountRoutes = [
  ...routes('GET', [...owners(''), ...owners('/')], 'read', listOwners, ownersScope),
  ...routes('GET', owners('/:id'), 'read', getOwner, ownersScope),
  ...routes('GET', ['/account-info/v3/details'], 'read', (_, p) => ({
    status: 200,
    json: {
      portalId: p.portalId,
      accountType: 'DEVELOPER_TEST',
      timeZone: p.timeZone,
      companyCurrency: 'EUR',
      utcOffset: '+00:00',
    },
  })),
  ...routes('POST', ['/oauth/v1/token', '/oauth/2026-03/token', '/oauth/2026-09/token'], 'token', token),
  ...routes('GET', ['/oauth/v1/access-tokens/:token'], 'token', tokenInfo),
  ...routes('POST', ['/oauth/v2/private-apps/get/access-token-info'], 'read', privateAppInfo),
]

function listOwners(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const email = request.query.get('email')
  const all = portal.owners.filter(
    (o) => o.archived === archived && (email === null || o.email === email.toLowerCase()),
  )
  const after = Number(request.query.get('after') ?? '0')
  const limit = Number(request.query.get('limit') ?? '100')
  if (!Number.isInteger(limit) || limit < 1 || limit > 500) throw invalid('limit must be between 1 and 500')
  // `after` is the last owner shown, so that one who comes or goes meanwhile moves nobody.
  const rest = all.filter((o) => Number(o.id) > after).toSorted((a, b) => Number(a.id) - Number(b.id))
  const page = rest.slice(0, limit)
  return {
    status: 200,
    json: {
      results: page.map(ownerRow),
      ...(rest.length > limit ? { paging: { next: { after: page.at(-1)?.id ?? '' } } } : {}),
    },
  }
}

function getOwner(request: SandboxRequest, portal: Portal): SandboxReply {
  const archived = request.query.get('archived') === 'true'
  const byUser = request.query.get('idProperty') === 'userId'
  const id = request.params['id'] ?? ''
  const found = portal.owners.find((o) => (byUser ? String(o.userId) : o.id) === id && o.archived === archived)
  if (found === undefined) throw missing(`Owner ${id}`)
  return { status: 200, json: ownerRow(found) }
}

/** OAuth v1: a form in, a token for a limited time out. A refresh token stays the same. */
function token(request: SandboxRequest, portal: Portal, world: HubSpotWorld): SandboxReply {
  const form = request.form()
  const { oauth, tokens } = world.state
  const known =
    form.get('grant_type') === 'refresh_token' &&
    form.get('client_id') === oauth.clientId &&
    form.get('client_secret') === oauth.clientSecret &&
    form.get('refresh_token') === oauth.refreshToken
  if (!known) {
    return {
      status: 400,
      json: { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token', correlationId: randomUUID() },
    }
  }
  const accessToken = world.newId('oauth-access-')
  const { tokenLifetimeMs } = world.switches
  tokens.set(accessToken, { scopes: allScopes, expiresAt: world.clock.now() + tokenLifetimeMs })
  return {
    status: 200,
    json: {
      token_type: 'bearer',
      refresh_token: oauth.refreshToken,
      access_token: accessToken,
      expires_in: Math.floor(tokenLifetimeMs / 1000),
      hub_id: portal.portalId,
      scopes: allScopes,
      token_use: 'access_token',
    },
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

const times = (at: { createdAt: number; updatedAt: number }) => ({
  createdAt: new Date(at.createdAt).toISOString(),
  updatedAt: new Date(at.updatedAt).toISOString(),
})

function ownerRow(o: Owner): Record<string, unknown> {
  return {
    ...o,
    userId: o.archived ? null : o.userId,
    userIdIncludingInactive: o.userId,
    type: 'PERSON',
    teams: [],
    ...times(o),
  }
}
